"""Parse `kit.yaml`: text ⇒ YAML nodes with positions ⇒ `Spec`."""
