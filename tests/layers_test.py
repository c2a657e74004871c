#!/usr/bin/env python3
"""Includes only go downhill: each layer of src/ may include the layers its line names, and no other.

usage: layers_test.py [SOURCE_DIR]
"""

import pathlib
import re
import sys

# Layer -> the layers it may include, besides itself and the public headers.
_LOWER = ["base", "json", "input", "dump", "model", "index"]
LAYERS = {
    "base": [],
    "json": ["base"],
    "input": ["base", "json"],
    "dump": ["base", "json", "input"],
    "model": ["base", "json", "input", "dump"],
    "index": ["base", "json", "input", "dump", "model"],
    "tables": _LOWER,
    "trace": _LOWER,
    "rules": [*_LOWER, "trace"],
    "report": [*_LOWER, "tables", "trace", "rules"],
    "fetch": ["base", "json", "input"],
    "cli": [*_LOWER, "tables", "trace", "rules", "report", "fetch"],
}

# Third-party header -> the layers that may include it.
THIRD_PARTY = {
    r"simdjson\.h": ["json"],
    r"nlohmann/.*": ["report", "rules", "cli", "fetch"],
    r"httplib\.h": ["fetch"],
    r"CLI/.*": ["cli"],
    r"re2/.*": _LOWER + ["trace", "rules"],
    r"yaml\.h": ["input"],
    r"fmt/.*": list(LAYERS),
    r"zlib\.h": ["input"],
    r"openssl/.*": ["base", "trace"],
    r"j[qv]\.h": ["rules"],
    r"(sys|netinet|arpa)/.*|unistd\.h|fcntl\.h|poll\.h|spawn\.h|signal\.h|errno\.h|netdb\.h": [
        "base", "input", "trace", "rules", "fetch", "cli"],
}

INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"([^"]+)"|<([^>]+)>)')


def includes(path):
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if found := INCLUDE.match(line):
            yield number, found[1], found[2]


def check_rooted(layer, header, src, public):
    """What is wrong with `#include "header"` in a file of `layer`; "" where nothing is."""
    if header.startswith("xdscope/"):
        return "" if (public / header).is_file() else f'"{header}" is no public header'
    target = header.split("/")[0]
    if target not in LAYERS:
        return f'"{header}" is not rooted at a layer'
    if not (src / header).is_file() and not header.endswith((".inc", ".def")):
        return f'"{header}" does not exist'
    if target != layer and target not in LAYERS[layer]:
        return f'{layer} may not include {target} ("{header}")'
    return ""


def check_third_party(layer, header):
    if "/" not in header and "." not in header:
        return ""  # the standard library
    for pattern, layers in THIRD_PARTY.items():
        if re.fullmatch(pattern, header):
            return "" if layer in layers else f"{layer} may not include <{header}>"
    return f"<{header}> is in no line of THIRD_PARTY"


def check_layers(root):
    src, public = root / "src", root / "include"
    faults, files = [], 0
    for path in sorted(src.rglob("*.[ch]*")):
        layer = path.relative_to(src).parts[0]
        if path.suffix not in (".cc", ".h"):
            continue
        files += 1
        if layer not in LAYERS:
            faults.append(f"{path}: {layer} is in no line of LAYERS")
            continue
        for number, rooted, third_party in includes(path):
            fault = (check_rooted(layer, rooted, src, public) if rooted
                     else check_third_party(layer, third_party))
            if fault:
                faults.append(f"{path.relative_to(root)}:{number}: {fault}")
    return faults, files


def check_public(root):
    """Public headers stand alone: the standard library and each other."""
    faults, files = [], 0
    for path in sorted((root / "include").rglob("*.h")):
        files += 1
        for number, rooted, third_party in includes(path):
            header = rooted or third_party
            if rooted and not rooted.startswith("xdscope/") or "." in header and not rooted:
                faults.append(f"{path.relative_to(root)}:{number}: public, yet includes {header}")
    return faults, files


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[1])
    for layer, lower in LAYERS.items():
        assert all(layer not in LAYERS[name] for name in lower), f"LAYERS has a cycle at {layer}"
    layer_faults, sources = check_layers(root)
    public_faults, headers = check_public(root)
    faults = layer_faults + public_faults
    for fault in faults:
        print(fault)
    print(f"{sources} files of src, {headers} public headers, {len(faults)} faults")
    return 1 if faults or not sources or not headers else 0


if __name__ == "__main__":
    sys.exit(main())
