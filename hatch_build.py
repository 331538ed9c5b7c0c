"""Build hook: an editable install compiles the package, so that the first start is as fast as any other.

Where Python may not keep compiled files (PYTHONDONTWRITEBYTECODE) each start would else compile every module anew.
A module changed later is compiled by Python as ever: compiled files hold the time of their source.
"""

from __future__ import annotations

import compileall
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompilePackage(BuildHookInterface):
    """Compiles the sources where they lie; a wheel is compiled by what installs it."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile for an editable install; what cannot be written is no fault."""
        if version == "editable":
            compileall.compile_dir(str(Path(self.root) / "src"), quiet=2)
