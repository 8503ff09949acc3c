"""All of AWS's services that hand out credentials, on one loopback port, as far as clients can tell: STS, IAM Identity Center
and its tokens, a container's agent, an instance's metadata. What is asked is on record; `behaviour` says how it answers."""

import json
import re
import urllib.parse

from support.loopback import Handler, LoopbackServer

FAR = "2120-01-01T00:00:00Z"
LONG_AGO = "2020-01-01T00:00:00Z"
ROLES = "/latest/meta-data/iam/security-credentials/"


def _xml(action, key, expiration):
    return (
        f'<{action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><{action}Result>'
        f"<AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/r/s</Arn><AssumedRoleId>i</AssumedRoleId></AssumedRoleUser>"
        f"<Credentials><AccessKeyId>{key}</AccessKeyId><SecretAccessKey>secret+/{key}</SecretAccessKey>"
        f"<SessionToken>token/{key}==</SessionToken><Expiration>{expiration}</Expiration></Credentials>"
        f"</{action}Result><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></{action}Response>"
    )


def _refusal(code):
    return f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>no</Message></Error><RequestId>r</RequestId></ErrorResponse>"


def _signer(headers):
    """Who signed, where and for what, and whether with a session's token."""
    found = re.search(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/", headers.get("Authorization", ""))
    return [*found.groups(), headers.get("X-Amz-Security-Token", "")] if found else None


class FakeAws:
    def __init__(self):
        self.requests = []
        self.behaviour = {}
        outer = self

        class AwsHandler(Handler):
            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                status, text, kind = outer.respond(self.command, self.path, self.headers, body)
                data = text.encode()
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_PUT = answer

        self.server = LoopbackServer(AwsHandler)
        self.url = self.server.url

    def stop(self):
        self.server.stop()

    def take(self):
        """What was asked since the last call."""
        taken, self.requests = self.requests, []
        return taken

    def respond(self, method, target, headers, body):
        path, _, query = target.partition("?")
        if path.startswith("/latest/"):
            return self.instance(method, path, headers)
        if path == "/task":
            self.requests.append(["container", query, headers.get("Authorization")])
            return self.keys_as_json("TASK" + query, self.behaviour.get("container", "ok"))
        if path == "/federation/credentials":
            return self.portal(query, headers)
        if path == "/token":
            return self.token(json.loads(body))
        return self.sts(dict(urllib.parse.parse_qsl(body, keep_blank_values=True)), headers)

    def keys_as_json(self, key, behaviour):
        keys = {"Code": "Success", "AccessKeyId": key, "SecretAccessKey": f"secret-{key}", "Token": f"token-{key}", "Expiration": FAR}
        if behaviour == "stale":
            keys["Expiration"] = LONG_AGO
        if behaviour == "no token":
            del keys["Token"]
        return 200, "no json" if behaviour == "no json" else json.dumps(keys), "application/json"

    def instance(self, method, path, headers):
        behaviour = self.behaviour.get("instance", "ok")
        self.requests.append(["instance", method, path, headers.get("x-aws-ec2-metadata-token")])
        if path.endswith("/token"):
            status = {"version 1": 404, "no version 2": 403, "wrong": 400, "ill": 500}.get(behaviour, 200)
            return status, "instance-token" if status == 200 else "", "text/plain"
        if path == ROLES:
            return (404, "", "text/plain") if behaviour == "no role" else (200, "instance-role", "text/plain")
        if behaviour == "error":
            return 200, json.dumps({"Code": "AssumeRoleUnauthorizedAccess", "Message": "EC2 is not trusted"}), "application/json"
        return self.keys_as_json("INSTANCE", behaviour)

    def portal(self, query, headers):
        token = headers.get("x-amz-sso_bearer_token")
        self.requests.append(["portal", query, token])
        if token == "refused":
            return 401, json.dumps({"message": "Session token not found or invalid"}), "application/json"
        role = urllib.parse.parse_qs(query)["role_name"][0]
        keys = {"accessKeyId": f"SSO{role}", "secretAccessKey": "s", "sessionToken": "t", "expiration": 4733510400000}
        return 200, json.dumps({"roleCredentials": keys}), "application/json"

    def token(self, asked):
        self.requests.append(["token", asked])
        if asked["refreshToken"] == "refused":
            return 400, json.dumps({"error": "invalid_grant", "error_description": "no"}), "application/json"
        return 200, json.dumps({"accessToken": "renewed", "expiresIn": 28800, "refreshToken": "next"}), "application/json"

    def sts(self, form, headers):
        if re.fullmatch(r"(botocore|wheelyard)-session-\d+", form.get("RoleSessionName", "")):
            form["RoleSessionName"] = "made up"
        self.requests.append(["sts", form, _signer(headers)])
        role, action = form["RoleArn"], form["Action"]
        if "denied" in role:
            return 403, _refusal("AccessDenied"), "text/xml"
        if "broken" in role:
            return 200, "<AssumeRoleResponse/>", "text/xml"
        return 200, _xml(action, "ROLE" + role.rpartition("/")[2], LONG_AGO if "stale" in role else FAR), "text/xml"
