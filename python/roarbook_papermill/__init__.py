"""Teaches papermill to write parameters in TypeScript.

papermill has no TypeScript translator, but loads every `papermill.engine` entry point when it starts; loading this
module registers one. The engine itself is papermill's own.
"""

import json
import math
import re

from papermill.engines import NBClientEngine
from papermill.models import Parameter
from papermill.translators import Translator, papermill_translators


class TypeScriptTranslator(Translator):
    """Writes `let name: any = value;`: later cells may compare and assign whatever the notebook's own value allowed."""

    PARAMETER = re.compile(
        r"^(?:export\s+)?(?:let|const|var)\s+(?P<name>[\w$]+)\s*(?::\s*(?P<type>[^=]+?)\s*)?=\s*"
        r"(?P<value>.*?);?\s*(?://\s*(?P<help>.*))?$"
    )

    @classmethod
    def translate_none(cls, val):
        return "null"

    @classmethod
    def translate_str(cls, val):
        return json.dumps(val)

    @classmethod
    def translate_float(cls, val):
        if math.isnan(val):
            return "NaN"
        if math.isinf(val):
            return "Infinity" if val > 0 else "-Infinity"
        return repr(val)

    @classmethod
    def translate_dict(cls, val):
        return "{" + ", ".join(f"{json.dumps(str(k))}: {cls.translate(v)}" for k, v in val.items()) + "}"

    @classmethod
    def translate_list(cls, val):
        return "[" + ", ".join(cls.translate(v) for v in val) + "]"

    @classmethod
    def comment(cls, cmt_str):
        return f"// {cmt_str}".strip()

    @classmethod
    def assign(cls, name, str_val):
        return f"let {name}: any = {str_val};"

    @classmethod
    def inspect(cls, parameters_cell):
        matches = (cls.PARAMETER.match(line.strip()) for line in parameters_cell["source"].splitlines())
        return [
            Parameter(
                name=match["name"],
                inferred_type_name=match["type"] or "None",
                default=match["value"],
                help=match["help"] or "",
            )
            for match in matches
            if match
        ]


class Engine(NBClientEngine):
    """papermill's own engine under another name; choosing it is not needed."""


papermill_translators.register("typescript", TypeScriptTranslator)
