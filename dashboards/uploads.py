"""Files that wait between a preview and its confirmation: on this machine, for its own account only."""

import os
import re
import secrets
import tempfile
import time
from pathlib import Path

from taishi.app.refusal import Refusal

#: Seconds that a file waits, and bytes that it may have.
_WAITS, LARGEST = 3600, 20 << 20
_TOKEN = re.compile(r"[0-9a-f]{32}\.(?:xlsx|csv)")


def keep_upload(content: bytes, name: str) -> str:
    """Keeps a sheet; gives the word by which `kept_upload` finds it. Raises Refusal where it is too large."""
    if len(content) > LARGEST:
        raise Refusal("文件超过 20 MB，请拆分", "the file is over 20 MB; split it")
    folder = _folder()
    for old in folder.iterdir():
        if time.time() - old.stat().st_mtime > _WAITS:
            old.unlink(missing_ok=True)
    token = f"{secrets.token_hex(16)}{'.csv' if name.lower().endswith('.csv') else '.xlsx'}"
    (folder / token).write_bytes(content)
    return token


def kept_upload(token: str) -> Path:
    """Raises Refusal where it is gone."""
    path = _folder() / token
    if not _TOKEN.fullmatch(token) or not path.is_file():
        raise Refusal("预览已过期，请重新上传", "the preview has gone; upload the file again")
    return path


def _folder() -> Path:
    """Raises Refusal where somebody else holds the place."""
    folder = Path(tempfile.gettempdir()) / f"taishi-uploads-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.getuid():
        raise Refusal("临时目录不可用", f"{folder} belongs to somebody else; remove it")
    return folder
