"""eSpeak NG's voices, read from its data folder: one file for each language under lang/ (see its docs/voices.md)."""

from __future__ import annotations

from pathlib import Path

from tts_server.engines.port import Voice

_VARIANTS = {"f2": "a woman", "f3": "a woman", "f4": "a woman", "m1": "a man", "m3": "a man", "m7": "a man"}
_WITH_VARIANTS = ("en-us", "en-gb")
_FIRST = "en-us"


def read_voices(engine: str, data: Path) -> tuple[Voice, ...]:
    """US English first, then all others by language; English in several voices. () where `data` holds none.

    A language whose dictionary is not in the folder is left out: the library takes its name and then says nothing.
    """
    found: dict[str, Voice] = {}
    for file in sorted(path for path in (data / "lang").rglob("*") if path.is_file()):
        keys = _keys(file)
        languages = tuple(words[0].lower() for words in keys.get("language", []) if words)
        dictionary = (keys.get("dictionary") or [[languages[0].split("-")[0] if languages else ""]])[0][0]
        if languages and languages[0] not in found and (data / f"{dictionary}_dict").exists():
            title = " ".join(keys.get("name", [[]])[0]).split("//")[0].strip()
            found[languages[0]] = Voice(f"{engine}:{languages[0]}", engine, file.name, languages, title)
    for language in _WITH_VARIANTS:
        if (base := found.get(language)) is not None:
            for variant, who in _VARIANTS.items():
                voice_id, name = f"{base.id}+{variant}", f"{base.name}+{variant}"
                found[f"{language}+{variant}"] = Voice(
                    voice_id, engine, name, base.languages, f"{base.description}, {who}"
                )
    return tuple(found[language] for language in sorted(found, key=lambda language: (language != _FIRST, language)))


def _keys(file: Path) -> dict[str, list[list[str]]]:
    keys: dict[str, list[list[str]]] = {}
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
        key, *words = line.split() or [""]
        if words:
            keys.setdefault(key, []).append(words)
    return keys
