import java.nio.charset.StandardCharsets;
import org.apache.cassandra.config.DatabaseDescriptor;
import org.apache.cassandra.cql3.CQLFragmentParser;
import org.apache.cassandra.cql3.CqlParser;

/** Statements on stdin, a zero byte behind each ⇒ a line for each: the parsed statement's class, or `refused: why`. */
public class ParseCql {
    public static void main(String[] arguments) throws Exception {
        DatabaseDescriptor.clientInitialization();
        String text = new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
        for (String statement : text.split("\0")) {
            System.out.println(answer(statement).replace('\n', ' '));
        }
    }

    private static String answer(String statement) {
        try {
            Object parsed = CQLFragmentParser.parseAnyUnhandled(CqlParser::query, statement);
            return parsed.getClass().getName();
        } catch (Exception error) {
            return "refused: " + error.getMessage();
        }
    }
}
