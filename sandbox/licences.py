"""Licences of repositories: the texts of two for new ones, and recognising the common ones by their words."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Licence:
    key: str
    name: str
    spdx_id: str
    words: tuple[str, ...]  # all of these, as they stand in the text


LICENCES = (
    Licence(
        "mit",
        "MIT License",
        "MIT",
        ("permission is hereby granted, free of charge", 'the software is provided "as is"'),
    ),
    Licence("apache-2.0", "Apache License 2.0", "Apache-2.0", ("apache license", "version 2.0")),
    Licence(
        "agpl-3.0",
        "GNU Affero General Public License v3.0",
        "AGPL-3.0",
        ("gnu affero general public license", "version 3, 19"),
    ),
    Licence(
        "lgpl-3.0",
        "GNU Lesser General Public License v3.0",
        "LGPL-3.0",
        ("gnu lesser general public license", "version 3, 29 june 2007"),
    ),
    Licence("gpl-3.0", "GNU General Public License v3.0", "GPL-3.0", ("gnu general public license", "version 3")),
    Licence("gpl-2.0", "GNU General Public License v2.0", "GPL-2.0", ("gnu general public license", "version 2")),
    Licence("mpl-2.0", "Mozilla Public License 2.0", "MPL-2.0", ("mozilla public license", "2.0")),
    Licence(
        "bsd-3-clause",
        'BSD 3-Clause "New" or "Revised" License',
        "BSD-3-Clause",
        ("redistribution and use in source and binary forms", "neither the name of"),
    ),
    Licence(
        "bsd-2-clause",
        'BSD 2-Clause "Simplified" License',
        "BSD-2-Clause",
        ("redistribution and use in source and binary forms",),
    ),
)
OTHER = Licence("other", "Other", "NOASSERTION", ())
FILE_NAME = re.compile(r"(un)?licen[cs]e(\.(md|txt|rst))?|copying(\.(md|txt))?", re.IGNORECASE)


def recognise(text: str) -> Licence:
    plain = " ".join(text.lower().split())
    return next((licence for licence in LICENCES if all(words in plain for words in licence.words)), OTHER)


def text(key: str, holder: str, year: int) -> str | None:
    """Returns the text of a licence by its key; None if the sandbox has no such licence."""
    words = {"mit": MIT, "bsd-3-clause": BSD_3}.get(key)
    return words and words.format(holder=holder, year=year)


MIT = """MIT License

Copyright (c) {year} {holder}

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
"""

BSD_3 = """BSD 3-Clause License

Copyright (c) {year}, {holder}

Redistribution and use in source and binary forms, with or without
modification, are permitted provided that the following conditions are met:

1. Redistributions of source code must retain the above copyright notice, this
   list of conditions and the following disclaimer.

2. Redistributions in binary form must reproduce the above copyright notice,
   this list of conditions and the following disclaimer in the documentation
   and/or other materials provided with the distribution.

3. Neither the name of the copyright holder nor the names of its
   contributors may be used to endorse or promote products derived from
   this software without specific prior written permission.

THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS"
AND ANY EXPRESS OR IMPLIED WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE
IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE
DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT HOLDER OR CONTRIBUTORS BE LIABLE
FOR ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL
DAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR
SERVICES; LOSS OF USE, DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER
CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER IN CONTRACT, STRICT LIABILITY,
OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE
OF THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.
"""

OFFERED = tuple(licence for licence in LICENCES if text(licence.key, "", 0))
