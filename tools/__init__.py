"""Developer tools. The product does not import them."""
