# usage: GRANTS_URL=… GRANTS_JWT=… sh curl.sh FILE KEY CONTENT-TYPE; prints why FILE was refused
set -eu
folder=$(mktemp -d) # for this user only: a signed URL is as good as what it allows
trap 'rm -r "$folder"' EXIT
refused() { grep -oE '<(Code|Message)>[^<]*|^\{.*' "$folder/$1" >&2; exit 1; }

python3 -c 'import json, sys
asked = {"operation": "PutObject", "key": sys.argv[1], "content_type": sys.argv[2]}
print(json.dumps(asked))' "$2" "$3" > "$folder/asked"
curl -sS --fail-with-body "$GRANTS_URL/presign" -H "Authorization: Bearer $GRANTS_JWT" \
  -H 'Content-Type: application/json' -d "@$folder/asked" -o "$folder/grant" || refused grant

# The URL and exactly the headers that come with it, as a file that curl reads.
python3 -c 'import json, sys
grant = json.load(sys.stdin)
print("url =", json.dumps(grant["url"]))
for header in grant["headers"].items(): print("header =", json.dumps(": ".join(header)))' \
  < "$folder/grant" > "$folder/options"
# -T adds no Content-Type; -d and --data-binary do.
curl -sS --fail-with-body -K "$folder/options" -T "$1" -o "$folder/answer" || refused answer
