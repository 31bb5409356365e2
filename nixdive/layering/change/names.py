"""What the name of a package tells of how it changes."""

from __future__ import annotations

import re

# trees of data that no compiler touches: they change slowly, and never because something below them did
_DATA = re.compile(
    r"tzdata|cacert|ca-certificates|mailcap|iana-etc|mime-info|locale|fonts?\b|font-|\bicons?\b|themes?$"
    r"|firmware|hunspell|\bdict|terminfo|-(data|man|doc|info|devdoc|texdoc|source|src|tlpkg|common)$|^source$"
)
# what people write themselves: configuration, entry points, wrappers, environments
_OWN = re.compile(
    r"(^|[-_.])(wrapper|wrapped|env|entrypoint|config|conf|settings|start|run|app)$|\.(json|conf|ya?ml|toml|sh|ini)$"
)
# package sets whose members are bumped together, by one lock file or one package set
_SETS = re.compile(
    r"(?P<python>python3?[\d.]*-|libpython3)|(?P<perl>perl[\d.]*-|lib.+-perl$)|(?P<ruby>ruby[\d.]*-)|(?P<node>node[_-]|nodejs-)"
    r"|(?P<lua>lua[\d.]*-)|(?P<haskell>ghc-|libghc-)|(?P<ocaml>ocaml[\d.]*-)|(?P<r>r-cran-|r-bioc-|rpackage-)|(?P<php>php[\d.]*-)"
    r"|(?P<texlive>texlive-|tex-)|(?P<emacs>emacs-)|(?P<vim>vimplugin-)|(?P<go>golang-)|(?P<gnome>gir1\.2-|gnome-)|(?P<qt>qt[56]|kf[56]|lib(qt|kf)[56])"
)
# where security updates happen again and again
_PRONE = re.compile(
    r"^(lib)?(openssl|ssl|gnutls|curl|expat|xml2|xslt|zlib|tiff|png|webp|jpeg|poppler|glib|nss|ssh|krb5|postgresql|pq|sqlite|python"
    r"|python3|nodejs|node|perl|php|ruby|openjdk|jdk|jre|imagemagick|magick|ffmpeg|av|webkit|gstreamer|git|vim|bind|sudo|systemd"
    r"|linux|firefox|chromium|thunderbird|samba|cups|ghostscript|gs|freetype|archive|tar|bash|busybox|nginx|apache|httpd|redis|mariadb|mysql)"
    r"([\d.\-]|$)"
)


def is_data(lineage: str) -> bool:
    """Whether the name is that of data: fonts, time zones, manuals, sources."""
    return bool(_DATA.search(lineage))


def is_own(lineage: str, version: str) -> bool:
    """Whether the name is that of what people write themselves, like a configuration or an entry point."""
    return bool(_OWN.search(lineage)) or version == "0.0.0"


def is_prone(lineage: str) -> bool:
    """Whether the package is one of those that get security updates again and again."""
    return bool(_PRONE.match(lineage))


def package_set(lineage: str) -> str | None:
    """Return the language or other set that the package is bumped with, or None."""
    found = _SETS.match(lineage)
    return found.lastgroup if found else None
