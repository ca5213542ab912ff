"""jupyter_kernel_test with every optional sample filled."""

import os
import unittest

import jupyter_kernel_test


class RoarbookTests(jupyter_kernel_test.KernelTests):
    kernel_name = "roarbook"
    language_name = "typescript"
    file_extension = ".ts"
    code_hello_world = "console.log('hello, world')"
    code_stderr = "console.error('oops')"
    completion_samples = [
        {"text": "conso", "matches": {"console"}},
        {"text": "Math.ma", "matches": {"max"}},
    ]
    complete_code_samples = ["1", "console.log(1)", "function f() {\n  return 1;\n}"]
    incomplete_code_samples = ["function f() {", "console.log(", "[1, 2,", "`text"]
    invalid_code_samples = ["let = =", "x y z", "1 +* 2 )"]
    code_generate_error = "throw new Error('on purpose')"
    code_execute_result = [
        {"code": "1 + 2 + 3", "result": "6"},
        {"code": "[1, 2, 3].map((n) => n * n)", "result": "[ 1, 4, 9 ]"},
    ]
    code_display_data = [
        {"code": "import {display} from 'roarbook/kernel'; display.png('iVBORw0KGgo=')", "mime": "image/png"},
        {"code": "display.html('<b>bold</b>')", "mime": "text/html"},
        {"code": "display.markdown('*bold*')", "mime": "text/markdown"},
        {"code": "display.latex('$x$')", "mime": "text/latex"},
        {"code": "display.json({a: 1})", "mime": "application/json"},
        {"code": "display.svg('<svg/>')", "mime": "image/svg+xml"},
    ]
    code_history_pattern = "1 ? 2*"
    code_page_something = "parseInt?"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "parseInt"
    code_clear_output = "import {display as d} from 'roarbook/kernel'; d.clear()"


if __name__ == "__main__":
    os.chdir(os.environ.get("ROARBOOK_TEST_FOLDER", "."))
    unittest.main(verbosity=2)
