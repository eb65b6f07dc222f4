#!/bin/sh
set -eu
address=$(hostname -i)
cd /opt/cassandra
for file in cassandra.yaml cassandra-rackdc.properties; do
  sed -e "s/@ADDRESS@/$address/g" -e "s/@CLUSTER@/$CASSANDRA_CLUSTER_NAME/g" -e "s/@DATACENTER@/$CASSANDRA_DC/g" \
    "$file" > "/etc/cassandra/$file"
done
exec /opt/java/bin/java @/opt/cassandra/java.args "-Xms64M" "-Xmx$MAX_HEAP_SIZE" -XX:+UseSerialGC \
  -XX:+ExitOnOutOfMemoryError -Dcassandra.skip_wait_for_gossip_to_settle=0 -Dcassandra.ring_delay_ms=0 \
  -Dcassandra.config=file:///etc/cassandra/cassandra.yaml \
  -Dcassandra-rackdc.properties=file:///etc/cassandra/cassandra-rackdc.properties \
  -Dlogback.configurationFile=/opt/cassandra/logback.xml \
  org.apache.cassandra.service.CassandraDaemon
