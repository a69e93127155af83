"""Why calls won't come in or go out: `sources/` look, `checks/` judge what was seen, and every finding has its fix."""
