"""node_exporter: processors, memory, disks and network of the machine."""
