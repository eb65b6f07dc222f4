"""What is decided for each component: the shape of its plan, and how the plan follows from the spec."""
