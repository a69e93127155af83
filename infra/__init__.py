"""How the parts run on other people's machines: one folder per platform, none imported by the product."""
