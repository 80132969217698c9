"""From an empty product to a file in the books, by hand in a browser: every person in a window of their own."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import expect

from pleo.demo.receipts import Slip, draw
from tests.browser.conftest import Window
from tests.installation import ROOT, Installation

pytestmark = [pytest.mark.chromium, pytest.mark.redis, pytest.mark.slow]
PASSWORD = "correct horse battery"
# A photo of a real receipt, where such data lies beside the checkout: ALDI, 14,20 EUR.
PHOTO = ROOT.parent / "shared" / "data" / "receipts" / "dev" / "deA_aldi_02032020_19_02423.jpg"

Open = Callable[..., Window]


def slip(merchant: str, total: int, last_four: str = "") -> bytes:
    """Draw a receipt of today."""
    now = datetime.now(tz=UTC)
    return draw(
        Slip(
            merchant=merchant, address=("Mönckebergstraße 7", "20095 Hamburg"), tax_number="DE118509716", country="DE",
            region="DE", at=now, currency="EUR", items=(("Belegtes Brötchen", total),), total=total,
            tax_rate=Decimal(19), number="4821", last_four=last_four,
        )
    ).page  # fmt: skip


class Story:
    """The people of one run, each with a window, and the names that tell this run from the next."""

    def __init__(self, product: Installation, open_window: Open, width: int, scheme: str) -> None:
        self.product, self.open, self.tag = product, open_window, f"{scheme}{width}"
        self.look = {"width": width, "scheme": scheme}
        self.company = f"Strandgut {self.tag}"
        self.home = f"/c/strandgut-{self.tag}/"
        self.owner = open_window(**self.look)

    def mail(self, who: str) -> str:
        return f"{who}.{self.tag}@strandgut.example"

    def sign_up(self) -> None:
        """A stranger makes an account and a company, and stands on the first-run page."""
        owner = self.owner
        owner.go("/")
        owner.press("Set up a company")
        owner.fill(name="Olga Owner", email=self.mail("olga"), password1=PASSWORD)
        owner.press("Continue")
        owner.page.wait_for_url("**/companies/**")
        if not owner.page.url.endswith("/companies/new/"):
            owner.press("Set up a company")
        owner.fill(name=self.company, country="DE", currency="EUR")
        owner.press("Create company")
        owner.page.wait_for_url(f"**{self.home}**")
        owner.sees("Let’s get the first receipt in")

    def invite(self, who: str, name: str, role: str) -> Window:
        """The owner invites; the mail is read in the mailbox; the invited person joins in a window of their own."""
        owner = self.owner
        owner.go(f"{self.home}people/invite/")
        owner.fill(addresses=self.mail(who), role=role)
        owner.press("Invite")
        owner.sees("Invited")
        letter = owner.go("/mailbox/").locator("li", has_text=self.mail(who)).get_by_role("link").first
        for _ in range(40):
            if letter.count():
                break
            owner.page.wait_for_timeout(250)
            owner.page.reload()
        letter.click()
        link = owner.page.locator("a[href*='/invitation/']").first.get_attribute("href")
        assert link
        person = self.open(**self.look)
        person.go(link)
        person.fill(name=name, password=PASSWORD)
        person.press("Join")
        person.page.wait_for_url(f"**{self.home}**")
        return person

    def top_up(self) -> None:
        owner = self.owner
        owner.go(f"{self.home}wallet/top-up/")
        owner.fill(amount="5000")
        owner.press("Send it")
        owner.page.wait_for_url(f"**{self.home}wallet/")
        owner.sees("5.000")

    def issue_card(self, holder: str) -> str:
        """A virtual card with two limits; returns its last four digits."""
        owner = self.owner
        owner.go(f"{self.home}cards/new/")
        owner.page.locator("[name=cardholder]").select_option(label=holder)
        owner.fill(name="Everyday", limit_purchase="100", limit_month="300")
        owner.press("Make the card")
        owner.page.wait_for_url(re.compile(rf"{self.home}cards/[0-9a-f-]{{36}}/"))
        digits = re.search(r"•• (\d{4})", owner.page.locator("main").inner_text())
        assert digits, owner.page.locator("main").inner_text()
        return digits[1]

    def buy(self, merchant: str, amount: str) -> None:
        """On the simulator's page, somebody holds the card to a till."""
        owner = self.owner
        owner.go(f"{self.home}simulator/")
        owner.page.locator("label", has=owner.page.locator("[name=shop][value=own]")).click()
        owner.page.locator("details summary", has_text="Name a shop").click()
        owner.fill(merchant=merchant, category_code="5411", country="DE", amount=amount)
        owner.press("Buy it")
        owner.page.wait_for_load_state()
        owner.sees(merchant)

    def settle(self, merchant: str, amount: str = "") -> None:
        owner = self.owner
        owner.go(f"{self.home}simulator/")
        tile = owner.page.locator("li.item--tile", has_text=merchant).first
        if amount:
            tile.locator("[name=amount]").fill(amount)
        tile.get_by_role("button", name="Settle", exact=True).click()
        owner.page.wait_for_load_state()


@pytest.fixture(params=[(390, "light"), (1440, "dark")], ids=["phone-light", "desktop-dark"])
def story(request: pytest.FixtureRequest, product: Installation, open_window: Open) -> Story:
    return Story(product, open_window, *request.param)


def test_from_a_card_purchase_to_a_file_in_the_books(story: Story, tmp_path: Path) -> None:
    story.sign_up()
    story.top_up()
    employee = story.invite("emil", "Emil Employee", "employee")
    accountant = story.invite("ada", "Ada Accountant", "accountant")
    last_four = story.issue_card("Emil Employee")

    # A purchase stands on the employee's page within seconds, without a reload.
    employee.go(story.home)
    story.buy("Aldi Nord", "13,00")
    employee.page.locator("#news").get_by_role("link", name="Aldi Nord").first.wait_for(timeout=30_000)

    # One that is too large is declined: why, whose rule, what helps.
    story.buy("Möbel Groß", "250")
    employee.go(f"{story.home}declines/")
    why = employee.page.locator("article.decline", has_text="Möbel Groß")
    expect(why).to_contain_text("150,00 € over your limit of 100,00 €")
    expect(why).to_contain_text("Ask Olga to raise it.")
    expect(why).to_contain_text("Limit set by Olga")

    # It settles with a tip.
    story.settle("Aldi Nord", "14,20")
    employee.go(f"{story.home}expenses/")
    employee.page.get_by_role("link", name="Aldi Nord").first.click()
    employee.page.wait_for_url(re.compile("/expenses/[0-9a-f-]{36}/"))
    for _ in range(30):
        if "14,20" in employee.page.locator("main").inner_text():
            break
        employee.page.wait_for_timeout(500)
        employee.page.reload()
    expect(employee.page.locator("main")).to_contain_text("14,20")

    add_receipt(employee, tmp_path, last_four)
    code(employee)
    upload_first(story, employee, last_four)
    review_and_queue(story)
    export_and_undo(story, accountant)
    who_did_what(story)


def add_receipt(employee: Window, folder: Path, last_four: str) -> None:
    """A photo goes up with progress, is read, and what it says is offered."""
    photo = PHOTO
    if not photo.exists():
        photo = folder / "aldi.jpg"
        photo.write_bytes(slip("ALDI", 1420, last_four))
    employee.page.locator("main input[type=file]").first.set_input_files(photo)
    employee.page.get_by_text("Being read").first.wait_for(timeout=30_000)
    employee.page.locator("#reading img").first.wait_for(timeout=90_000)
    employee.page.locator(".suggest", has_text="Total").first.wait_for(timeout=30_000)
    expect(employee.page.locator(".suggest", has_text="Total").first).to_contain_text("14,20")


def code(employee: Window) -> None:
    """The employee says yes to what was read, and what it was for."""
    page = employee.page
    everything = page.get_by_role("button", name=re.compile("^Yes"))
    if everything.count():
        everything.first.click()
    else:
        page.locator(".suggest__ok").first.click()
        employee.press("Save")
    page.wait_for_load_state()
    options = page.locator("[name=category]:visible option").all_inner_texts()
    page.locator("[name=category]:visible").first.select_option(
        label=next(text for text in options if "Verpflegung" in text)
    )
    employee.fill(note="Breakfast for the site team")
    employee.press("Save")
    page.wait_for_load_state()
    expect(page.locator("[name=note]:visible").first).to_have_value("Breakfast for the site team")


def upload_first(story: Story, employee: Window, last_four: str) -> None:
    """A receipt that comes before its purchase waits, and is on it by itself."""
    page = employee.go(f"{story.home}receipts/upload/")
    files = [{"name": "junge.jpg", "mimeType": "image/jpeg", "buffer": slip("Bäckerei Junge", 740, last_four)}]
    page.locator("main input[type=file]").first.set_input_files(files)
    page.wait_for_url(re.compile("/receipts/[0-9a-f-]{36}/"))
    page.get_by_text("7,40").first.wait_for(timeout=60_000)
    story.buy("Bäckerei Junge", "7,40")
    for _ in range(40):
        page.goto(f"{story.home}expenses/")
        page.get_by_role("link", name="Bäckerei Junge").first.click()
        page.wait_for_url(re.compile("/expenses/[0-9a-f-]{36}/"))
        if "Matched by itself" in page.locator("main").inner_text():
            return
        page.wait_for_timeout(500)
    raise AssertionError("the receipt was not matched by itself")


def review_and_queue(story: Story) -> None:
    """Finance sees the expense with its receipt, says Okay, and queues it."""
    owner = story.owner
    page = owner.go(f"{story.home}expenses/")
    page.get_by_role("link", name="Aldi Nord").first.click()
    panel = page.locator("#panel")
    expect(panel).to_contain_text("Emil Employee")
    panel.locator(".paper img").first.wait_for()
    panel.get_by_role("button", name=re.compile("^Okay")).click()
    panel.get_by_role("button", name=re.compile("^Queue for export")).click()
    expect(page.locator("body")).to_contain_text("queue")


def export_and_undo(story: Story, accountant: Window) -> None:
    """The accountant of two companies switches, looks through the queue, exports, downloads twice, and undoes it."""
    second_company(story)
    page = accountant.go("/clients/")
    page.get_by_role("link", name=story.company).first.click()
    page.wait_for_url(f"**{story.home}export/")
    page.get_by_role("link", name="Look through them first").click()
    expect(page.locator("main")).to_contain_text("Aldi Nord")
    accountant.go(f"{story.home}export/")
    page.get_by_role("button", name=re.compile("^Export")).click()
    page.wait_for_url(re.compile("/export/jobs/"))
    download = page.get_by_role("link", name="Download", exact=True)
    download.wait_for(timeout=60_000)
    first, again = fetch(accountant, "Download"), fetch(accountant, "Download")
    receipts, same = fetch(accountant, "Receipts"), fetch(accountant, "Receipts")
    assert first == again and receipts == same
    check_journal(first)
    with zipfile.ZipFile(io.BytesIO(receipts)) as archive:
        assert archive.testzip() is None and len(archive.namelist()) == 1
    page.get_by_role("link", name=re.compile("Undo export")).click()
    accountant.press("Undo export")
    assert page.locator(".field__error, [aria-invalid=true]").count() or page.locator("[name=reason]:invalid").count()
    accountant.fill(reason="Wrong month")
    accountant.press("Undo export")
    accountant.sees("Wrong month")


def second_company(story: Story) -> None:
    """Another company takes on the same accountant."""
    story.product.script(
        f"""
        from django.utils import timezone
        from accounts.accept_invitation import accept_invitation
        from accounts.create_company import create_company
        from accounts.invite import invite
        from accounts.models import User
        now = timezone.now()
        boss = User.objects.create_user("{story.mail("boss")}", "{PASSWORD}", name="Boss")
        company = create_company(owner=boss, name="Zweite {story.tag}", country="DE", now=now)
        owner = company.memberships.get()
        asked = invite(email="{story.mail("ada")}", role="accountant", by=owner, now=now)
        ada = User.objects.get(email="{story.mail("ada")}")
        result = str(accept_invitation(token=asked.secret, user=ada, now=now).pk)
        """
    )


def fetch(window: Window, words: str) -> bytes:
    with window.page.expect_download() as started:
        window.page.get_by_role("link", name=words, exact=True).first.click()
    return Path(started.value.path()).read_bytes()


def check_journal(content: bytes) -> None:
    """Debit is credit in every voucher, and the purchase is there with its tax."""
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))
    assert rows and len(rows[0]) == 18
    sums: dict[str, Decimal] = {}
    debit, credit, voucher = (
        next(name for name in rows[0] if word in name.casefold()) for word in ("debit", "credit", "voucher")
    )
    for row in rows:
        amount = [Decimal((row[side] or "0").replace(".", "").replace(",", ".")) for side in (debit, credit)]
        sums[row[voucher]] = sums.get(row[voucher], Decimal(0)) + amount[0] - amount[1]
    assert set(sums.values()) == {Decimal(0)}
    assert any(value == "14,20" for row in rows for value in row.values())


def who_did_what(story: Story) -> None:
    """The audit page names who did each of these."""
    page = story.owner.go(f"{story.home}audit/?group=books")
    for words in ("Ada Accountant", "Olga Owner"):
        expect(page.locator("#audit-list")).to_contain_text(words)
    page = story.owner.go(f"{story.home}audit/")
    for words in ("Emil Employee", "Declined purchase", "Attached receipt", "Reviewed", "Coded"):
        expect(page.locator("#audit-list")).to_contain_text(words)
