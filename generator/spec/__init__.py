"""`kit.yaml`: the text with positions ⇒ `Spec`."""

from generator.spec.model import Spec
from generator.spec.problem import Problem, SpecError
from generator.spec.reader import parse_spec, read_spec

__all__ = ["Problem", "Spec", "SpecError", "parse_spec", "read_spec"]
