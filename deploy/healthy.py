"""Whether this machine's web process answers: exits with 1 if not. Called by the health check of docker-compose.yml."""

import os
import sys
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit


def is_healthy(host: str, port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=4)
    try:
        connection.request("GET", "/healthz", headers={"Host": host})
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(not is_healthy(urlsplit(os.environ["SITE_URL"]).netloc, int(sys.argv[1])))
