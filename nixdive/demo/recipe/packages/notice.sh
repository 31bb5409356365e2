# The notice of one source: its name, where it is from, and its licence in full.
{
    printf '## %s\n\nPackages: %s\n\nLicence: %s\n\nSource: %s\n\n```text\n' "$title" "$packages" "$licence" "$origin"
    case $text in
    *.html) sed -n '/<h2><a name="license">/,$p' "$text" | sed -e 's/<[^>]*>//g' ;;
    *lua.h) sed -n '/^\* Copyright (C)/,/^\*\*\*\*/p' "$text" | sed -e '/^\*\*\*\*/d' -e 's/^\* \{0,1\}//' ;;
    *) cat "$text" ;;
    esac | sed -e 's/\r$//' -e 's/[[:space:]]*$//' -e "$cut" | cat -s
    printf '```\n'
} > "$out"
