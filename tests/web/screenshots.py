"""Takes pictures of the board, with opportunities in every step, and of one thread, for the READMEs.

python -m tests.web.screenshots [FOLDER]        docs/images by default
"""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from itertools import count
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from bot.pipeline.calendar import is_business_day
from bot.pipeline.model.policy import Policy
from tests.journeys.play import HOME, Stage, later, set_up

NEEDS = (
    ("Geocode addresses offline", "Géocoder des adresses hors ligne", "Python, SQLite", "Python, SQLite", "$7,400", 10),
    ("Check PDF forms for accessibility", "Vérifier l’accessibilité de formulaires PDF", "Java, PDF/UA", "Java, PDF/UA",
     "$8,500", 10),
    ("Anonymize survey answers", "Anonymiser des réponses de sondage", "R, statistics", "R, statistique", "$5,900", 8),
    ("Translate SQL dialects", "Traduire des dialectes SQL", "Python, SQL", "Python, SQL", "$6,800", 7),
    ("Draw maps of service centres", "Dessiner des cartes des centres de service", "JavaScript, GIS",
     "JavaScript, SIG", "$8,200", 6),
    ("Read barcodes of paper forms", "Lire les codes à barres de formulaires papier", "C++, OpenCV", "C++, OpenCV",
     "$7,900", 5),
    ("Validate open data catalogues", "Valider des catalogues de données ouvertes", "Python, JSON Schema",
     "Python, JSON Schema", "$4,600", 5),
    ("Plain-language checker for letters", "Vérificateur de langage clair pour les lettres", "TypeScript, NLP",
     "TypeScript, TAL", "$8,690", 4),
    ("Compare two versions of a policy", "Comparer deux versions d’une politique", "Python", "Python", "$3,200", 3),
    ("Convert fixed-width files", "Convertir des fichiers à largeur fixe", "Rust", "Rust", "$2,750", 2),
)  # fmt: skip

PAGES = {"front": ("/en/", "/fr/"), "opportunity": ("/en/opportunities/1", "/fr/opportunites/1"),
         "open": ("/en/opportunities/{open}", "/fr/opportunites/{open}"),
         "measures": ("/en/metrics", "/fr/mesures")}  # fmt: skip
HOURS = {2: 26, 3: 5, 4: 49, 5: 27, 7: 22, 8: 200, 9: 94, 10: 30}
"""Hours that an opportunity takes to come to each step, about as with people."""

WIDTHS = {"desktop": 1280, "phone": 390}


def soon(today: date) -> dict[str, str]:
    """Finds the first dates of a statement that leave time and fall on business days."""
    for weeks in count():
        dates = later(weeks)
        days = [date.fromisoformat(day) for day in dates.values()]
        if min(days) > today + timedelta(days=14) and all(map(is_business_day, days)):
            return dates
    raise AssertionError


@asynccontextmanager
async def lively() -> AsyncIterator[Stage]:
    """Sets up a board with an opportunity in every step."""
    async with set_up(Policy()) as stage:
        for en, fr, skills, compétences, price, step in NEEDS:
            words = {"title_en": en, "title_fr": fr, "skills_en": skills, "skills_fr": compétences}
            words |= {"short_en": f"{en}, as a command and a library, with tests.",
                      "short_fr": f"{fr}\u00a0: une commande et une bibliothèque, avec des tests."}  # fmt: skip
            need = await stage.opportunity(price=price, **words, **soon(stage.today))
            for number in range(2, step + 1):
                await stage.time_passes(hours=HOURS.get(number, 1))
                await need.goes_to(number)
            if step == 5:
                await need.applied("supplier-1", "supplier-2")
                await need.says("supplier-1", "/ask May the tests use pytest?")
                await need.says("client", "/answer Q1 en: Yes, pytest is fine.\nfr: Oui, pytest convient.")
        yield stage


async def picture_thread(browser: Browser, address: str, path: Path) -> None:
    """Pictures the head of a thread and its status comment, without the other comments."""
    page = await browser.new_page(viewport={"width": 1000, "height": 900})
    await page.goto(address)
    status = page.locator("article", has_text="Step 5 of 9")
    await status.evaluate(
        "one => { for (const other of document.querySelectorAll('article')) if (other !== one) other.remove() }"
    )
    top, bottom = await page.locator("h1").bounding_box(), await status.bounding_box()
    assert top
    assert bottom
    clip = {"x": 0, "y": top["y"] - 10, "width": 1000, "height": bottom["y"] + bottom["height"] - top["y"] + 30}
    await page.screenshot(path=path, full_page=True, clip=clip)
    await page.close()


async def main(folder: Path) -> None:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    async with lively() as stage, async_playwright() as playwright:
        number = next(need.number for need in stage.needs if "open" in need.labels)
        browser = await playwright.chromium.launch(executable_path=chromium)
        await picture_thread(browser, f"{stage.sandbox.url}/{HOME}/issues/{number}", folder / "thread.png")
        for name, both in PAGES.items():
            for lang, address in zip(("en", "fr"), both, strict=True):
                for kind, width in WIDTHS.items():
                    page = await browser.new_page(viewport={"width": width, "height": 900})
                    await page.goto(stage.board + address.format(open=number))
                    await page.screenshot(path=folder / f"{name}-{lang}-{kind}.png", full_page=True)
                    await page.close()
        dark = await browser.new_page(viewport={"width": 1280, "height": 900}, color_scheme="dark")
        for name, (english, _) in PAGES.items():
            await dark.goto(stage.board + english.format(open=number))
            await dark.screenshot(path=folder / f"{name}-en-dark.png", full_page=True)
        paper = await browser.new_page(viewport={"width": 720, "height": 960})
        await paper.emulate_media(media="print")
        for name, (_, french) in PAGES.items():
            await paper.goto(stage.board + french.format(open=number))
            await paper.screenshot(path=folder / f"{name}-fr-paper.png", full_page=True)
        await browser.close()


if __name__ == "__main__":
    wanted = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/images")
    wanted.mkdir(parents=True, exist_ok=True)
    asyncio.run(main(wanted))
