"""The pages of ``app/web``: where each opens, and the head that the server writes before its body."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Page:
    """A page; without a sentence ``about`` it no search engine shows it and no phone offers to install it."""

    paths: tuple[str, ...]
    title: str
    styles: tuple[str, ...] = ("style.css",)
    script: str = ""  # the page's own name
    about: str = ""
    heading: str = ""  # the word of its first line, if the server writes that
    leads_home: bool = False  # the bee is the way back to the rider's page
    has_account: bool = True
    # A service worker keeps what a page loads: not for who comes by a link that needs the network anyway.
    is_kept: bool = True


PAGES = {
    "index": Page(
        # A scanned code's address opens it too, and the page reads the code there.
        ("/", "/c/{_station}/{_slot}/{_token}"),
        "暖蜂 Nuanfeng",
        script="rider",
        about="离你最近、开着门的暖蜂驿站 · the nearest open warm station",
        heading="brand",
    ),
    "report": Page(
        ("/report",),
        "随手拍 Report a hazard",
        ("style.css", "report.css"),
        about="看到隐患，拍一张，报给社区 · report a hazard to the community",
        heading="report_title",
        leads_home=True,
    ),
    "map": Page(
        ("/map",),
        "随手拍地图 Map of hazards",
        ("style.css", "map.css"),
        about="大家报过的、已公开的隐患 · what was reported and made public",
        heading="map_title",
        leads_home=True,
        has_account=False,
    ),
    "volunteer": Page(
        # The code that an organiser shows opens it too.
        ("/volunteer", "/volunteer/c/{_shift}/{_slot}/{_token}"),
        "志愿服务 Volunteer",
        ("style.css", "volunteer.css"),
        about="附近的志愿活动，自己的时长和证明 · volunteering near by, one's hours and certificates",
        heading="volunteer_title",
        leads_home=True,
    ),
    "inbox": Page(
        ("/inbox",),
        "暖蜂 · 消息 Messages",
        ("style.css", "volunteer.css", "inbox.css"),
        heading="to_inbox",
        leads_home=True,
    ),
    "manage": Page(
        ("/manage",),
        "暖蜂 · 驿站管理 Manage",
        ("style.css", "manage.css", "photo-cover.css"),
        heading="brand_manage",
    ),
    "desk": Page(
        ("/desk",),
        "暖蜂 · 案件台 Desk",
        ("style.css", "desk.css", "desk-case.css", "photo-cover.css"),
        heading="brand_desk",
    ),
    "figures": Page(
        ("/figures",), "暖蜂 · 数据 Figures", ("style.css", "figures.css"), heading="brand_figures"
    ),
    "roster": Page(
        ("/roster",), "暖蜂 · 值班表 Roster", ("style.css", "volunteer.css"), heading="brand_roster"
    ),
    "broadcast": Page(
        ("/broadcast",),
        "暖蜂 · 群发通知 Broadcasts",
        ("style.css", "figures.css", "broadcast.css"),
        heading="brand_cast",
    ),
    "organise": Page(
        ("/organise",),
        "暖蜂 · 组织活动 Organise",
        ("style.css", "volunteer.css", "organise.css"),
        heading="brand_organise",
    ),
    # The secrets of these four stand behind the ``#`` of the address and stay there.
    "duty": Page(("/duty",), "暖蜂 · 紧急情况", is_kept=False),
    "handling": Page(
        ("/contractor", "/handling"),
        "暖蜂 · 处置 Handling",
        ("style.css", "report.css"),
        is_kept=False,
        heading="brand_handling",
    ),
    "verify": Page(("/verify",), "暖蜂 · 证明核验", ("style.css", "verify.css"), is_kept=False),
    "screen": Page(("/screen",), "暖蜂 · 现场码", ("screen.css",), is_kept=False),
}
_START = (
    '<!doctype html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">\n'
    '<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">\n'
    '<meta name="color-scheme" content="light dark">\n'
    '<link rel="icon" href="/web/bee.svg" type="image/svg+xml">\n'
)
_FOUND = '<meta name="description" content="{}">\n<link rel="manifest" href="/web/app.webmanifest">\n'
_UNFOUND = '<meta name="robots" content="noindex">\n'
_BEE = '<img src="/web/bee.svg" alt="" width="36" height="36">'
_HOME = f'<a href="/" data-t-label="brand">{_BEE}</a>'
_BUTTON = '  <button id="{}" class="plain" type="button"></button>\n'
_SIGN_IN = '<dialog id="sign-in" aria-labelledby="sign-in-title"></dialog>\n'
_NO_SCRIPT = '  <noscript><p class="notice">请打开 JavaScript。Please switch on JavaScript.</p></noscript>\n'


def written(name: str, body: str) -> str:
    """Return a whole page: what pages have in common, around the rest of the body that its file holds."""
    page = PAGES[name]
    styles = "".join(f'<link rel="stylesheet" href="/web/{style}">\n' for style in page.styles)
    if page.heading:
        body = _heading(page) + body.replace("<main>\n", f"<main>\n{_NO_SCRIPT}", 1)
        body += _SIGN_IN if page.has_account else ""
    return (
        f"{_START}<title>{page.title}</title>\n"
        f"{_FOUND.format(page.about) if page.about else _UNFOUND}{styles}"
        f'<script type="module" src="/web/{page.script or name}.js"></script>\n</head>\n'
        f"<body>\n{body}</body>\n</html>\n"
    )


def _heading(page: Page) -> str:
    """Return a page's first line: where one is, the other language, and who is signed in."""
    buttons = ("language", "account") if page.has_account else ("language",)
    return (
        f'<header>\n  <h1>{_HOME if page.leads_home else _BEE}<span data-t="{page.heading}"></span></h1>\n'
        f"{''.join(map(_BUTTON.format, buttons))}</header>\n"
    )
