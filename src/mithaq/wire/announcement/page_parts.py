"""What page makers call the parts of a page, in the names of elements and in class, id and role, by the rule that cuts.

These words belong to mark-up, whatever language the page is in.
"""

__all__ = ["ARTICLE", "DATED", "OUTSIDE", "PARTS"]

PARTS: dict[str, str] = {
    **dict.fromkeys(("share", "sharing", "social", "socials", "addthis", "sharethis", "likes"), "share"),
    **dict.fromkeys(("tags", "tag", "taglist", "tagcloud", "keywords", "topics"), "tags"),
    **dict.fromkeys(("breadcrumb", "breadcrumbs", "crumbs", "path"), "breadcrumb"),
    **dict.fromkeys(("byline", "author", "authors", "signature"), "byline"),
    **dict.fromkeys(("button", "buttons", "tools", "toolbar", "actions", "print", "select"), "button"),
    **dict.fromkeys(("logo", "masthead", "brand", "sitename"), "site-name"),
}
"""Parts of which a whole sentence stays: it may be the announcement's."""

OUTSIDE: dict[str, str] = {
    **dict.fromkeys(("caption", "credit", "credits", "photo", "gallery"), "photo-caption"),
    **dict.fromkeys(("nav", "navbar", "menu", "navigation", "pagination", "pager", "skip", "search"), "navigation"),
    **dict.fromkeys(("footer", "foot", "contentinfo", "colophon"), "footer"),
    **dict.fromkeys(("aside", "sidebar", "rail", "complementary", "widget", "widgets"), "aside"),
    **dict.fromkeys(("cookie", "cookies", "consent", "gdpr", "cmp", "alertdialog", "dialog", "modal"), "cookie-notice"),
    **dict.fromkeys(("related", "recommended", "recommendations", "popular", "trending", "also", "seealso"), "related"),
    **dict.fromkeys(("comment", "comments", "disqus", "replies"), "comments"),
    **dict.fromkeys(("newsletter", "subscribe", "subscription", "signup", "paywall", "form"), "subscription"),
    **dict.fromkeys(
        ("ad", "ads", "advert", "advertisement", "adsbygoogle", "promo", "sponsored", "ticker"), "advertising"
    ),
}
"""Parts of which nothing stays."""

DATED = frozenset({
    "date", "time", "stamp", "timestamp", "published", "pubdate", "datetime", "posted",
})  # fmt: skip
ARTICLE = frozenset({"article", "main"})
