"""A Pulumi project that registers a pack registry, which another stack runs, in the Palette console."""
