"""config/callcenter.yaml and personas/*.md, and the code that reads them (docs/adr/0001-config-is-a-package.md).

Services call `config.load.load`; everything they get is frozen (`config.model`).
"""
