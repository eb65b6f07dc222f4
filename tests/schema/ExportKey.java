import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;

/** A PKCS #12 file and its password ⇒ the private key named `node`, as PEM. */
public class ExportKey {
    public static void main(String[] arguments) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        char[] password = arguments[1].toCharArray();
        store.load(Files.newInputStream(Path.of(arguments[0])), password);
        byte[] key = store.getKey("node", password).getEncoded();
        System.out.println("-----BEGIN PRIVATE KEY-----");
        System.out.println(Base64.getMimeEncoder().encodeToString(key));
        System.out.println("-----END PRIVATE KEY-----");
    }
}
