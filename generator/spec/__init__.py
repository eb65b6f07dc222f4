"""`kit.yaml`: the text with positions ⇒ `Spec`."""
