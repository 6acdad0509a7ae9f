#!/bin/sh
# Makes what docker-compose.yml wants to find in its folder of secrets, and leaves alone what is there.
# usage: deploy/make_secrets.sh FOLDER HOST        for example: deploy/make_secrets.sh secrets noborder.example
set -eu
umask 077
folder=${1:?name the folder} host=${2:?name the host of the site}
mkdir -p "$folder/tls" "$folder/acme"
chmod 700 "$folder"
cd "$folder"

# Files that containers may read, in a folder that nobody else on this machine may enter.
keep() {
    if [ ! -e "$1" ]; then
        cat > "$1"
        echo "made $1"
    fi
    chmod 444 "$1"
}

openssl rand -base64 48 | tr -d '\n' | keep secret_key
printf 'k1:%s' "$(openssl rand -base64 32)" | keep seal_keys
openssl rand -base64 32 | keep hash_key
openssl rand -hex 24 | tr -d '\n' | keep database_password
printf 'postgresql://noborder:%s@database/noborder' "$(cat database_password)" | keep database_url
printf '' | keep metrics_token
printf 'smtp+tls://user:password@mail.example:587' | keep email_url
# Empty as long as nobody reads bounces (docs/mail.md).
printf '' | keep bounces_url

# The proxy starts with this one, until there is a real one (docs/hosting.md).
if [ ! -e tls/privkey.pem ]; then
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj "/CN=$host" \
        -addext "subjectAltName=DNS:$host" -keyout tls/privkey.pem -out tls/fullchain.pem 2> /dev/null
    echo "made tls/fullchain.pem, which no browser trusts"
fi
chmod 444 tls/fullchain.pem
chmod 400 tls/privkey.pem
# The number of the proxy's and the certificates' user in their containers.
if [ "$(id -u)" = 0 ]; then
    chown -R 101:101 tls acme
fi
grep -q 'mail.example' email_url && echo "now write your mail server into $folder/email_url"
exit 0
