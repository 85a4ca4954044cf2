"""Makes an SDK too old to know AWS_ENDPOINT_URL (botocore before 1.31) honour it. Loaded with botocore."""
import os


def teach_endpoints(session_module):
    import botocore
    version = tuple(int(part) for part in botocore.__version__.split(".")[:2] if part.isdigit())
    if version >= (1, 31):
        return
    create_client = session_module.Session.create_client

    # Positions as in botocore: endpoint_url is the seventh parameter.
    def create_client_with_endpoint(
            self, service_name, region_name=None, api_version=None, use_ssl=True, verify=None,
            endpoint_url=None, *arguments, **options):
        if endpoint_url is None:
            endpoint_url = configured_endpoint(self, service_name)
        return create_client(
            self, service_name, region_name, api_version, use_ssl, verify, endpoint_url,
            *arguments, **options)

    session_module.Session.create_client = create_client_with_endpoint


def configured_endpoint(session, service_name):
    if os.environ.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true":
        return None
    if any(name.startswith("AWS_ENDPOINT_URL_") for name in os.environ):
        service_id = session.get_service_model(service_name).service_id
        name = "AWS_ENDPOINT_URL_" + service_id.replace(" ", "_").replace("-", "_").upper()
        if os.environ.get(name):
            return os.environ[name]
    return os.environ.get("AWS_ENDPOINT_URL") or None
