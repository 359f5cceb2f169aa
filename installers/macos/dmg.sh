#!/bin/sh
# Signs Phobos.app, makes build/phobos-VERSION.dmg of it and, where asked, has Apple notarise it.
#   dmg.sh APP VERSION
# Environment: SIGN_IDENTITY   "Developer ID Application: ..."; "-" (the default) signs ad hoc
#              NOTARY_PROFILE  a profile stored by `xcrun notarytool store-credentials`
set -eu

app=$1
version=$2
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
target=$here/../../build/phobos-$version.dmg
identity=${SIGN_IDENTITY:--}

# Inside out: libraries first, the bundle last. --deep would give all of them the app's entitlements.
python3 "$here/sign.py" "$app" "$identity"

stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
cp -R "$app" "$stage/"
ln -s /Applications "$stage/Applications"
rm -f "$target"
hdiutil create -volname Phobos -srcfolder "$stage" -format UDZO -fs HFS+ "$target"

if [ -n "${NOTARY_PROFILE:-}" ]; then
    xcrun notarytool submit "$target" --keychain-profile "$NOTARY_PROFILE" --wait
    xcrun stapler staple "$target"
fi
echo "$target"
