#!/bin/sh
# Installs Phobos for this user alone, or for all when run as root; --remove takes it away again.
# Profiles (messages, settings, logs) are never touched.
set -eu

here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
if [ "$(id -u)" = 0 ]; then prefix=${PREFIX:-/usr/local}; else prefix=${PREFIX:-$HOME/.local}; fi
commands="phobos phobos-server phobos-xlog phobos-net"

refresh() {
    # Menus and file types learn of the change at once where these tools are.
    if command -v update-mime-database >/dev/null; then
        update-mime-database "$prefix/share/mime" >/dev/null 2>&1 || true
    fi
    if command -v update-desktop-database >/dev/null; then
        update-desktop-database "$prefix/share/applications" >/dev/null 2>&1 || true
    fi
}

remove() {
    for name in $commands; do
        rm -f "$prefix/bin/$name" "$prefix/share/man/man1/$name.1.gz"
    done
    rm -rf "$prefix/lib/phobos" "$prefix/share/doc/phobos"
    rm -f "$prefix/share/applications/im.phobos.Phobos.desktop" \
        "$prefix/share/applications/im.phobos.Phobos.viewer.desktop" \
        "$prefix/share/metainfo/im.phobos.Phobos.metainfo.xml" \
        "$prefix/share/mime/packages/phobos-mime.xml" \
        "$prefix"/share/icons/hicolor/*/apps/im.phobos.Phobos.png
}

case ${1:-install} in
install)
    mkdir -p "$prefix"
    remove
    cp -R "$here/tree/." "$prefix/"
    # A menu may have another PATH than a shell: name the program in full.
    for file in "$prefix"/share/applications/im.phobos.Phobos*.desktop; do
        sed "s|^Exec=phobos|Exec=\"$prefix/bin/phobos\"|" "$file" >"$file.new"
        mv "$file.new" "$file"
    done
    refresh
    echo "Phobos is installed: $prefix/bin/phobos"
    ;;
--remove)
    remove
    refresh
    echo "Phobos is removed from $prefix; profiles were left alone."
    ;;
*)
    echo "usage: $0 [--remove]   (PREFIX=$prefix)" >&2
    exit 2
    ;;
esac
