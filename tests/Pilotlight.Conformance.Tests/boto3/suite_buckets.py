"""S3, driven by boto3."""
import base64
import hashlib
import http.client
import io
import json
import os
import tempfile
import urllib.error
import urllib.parse
import urllib.request
import zlib

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config

from harness import ENDPOINT, Function, client, eventually, main, name, package, refused

MB = 1024 * 1024


def s3(**config):
    return client("s3", s3={"addressing_style": "path"}, parameter_validation=True, **config)


class Bucket:
    """A bucket that is emptied and deleted at the end."""

    def __init__(self, **options):
        self.s3 = s3()
        self.name = name("b").lower().replace("_", "-")
        self.s3.create_bucket(Bucket=self.name, **options)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for page in self.s3.get_paginator("list_object_versions").paginate(Bucket=self.name):
            doomed = [{"Key": v["Key"], "VersionId": v["VersionId"]} for v in page.get("Versions", []) + page.get("DeleteMarkers", [])]
            if doomed:
                assert "Errors" not in self.s3.delete_objects(Bucket=self.name, Delete={"Objects": doomed})
        self.s3.delete_bucket(Bucket=self.name)

    def put(self, key, body=b"", **options):
        return self.s3.put_object(Bucket=self.name, Key=key, Body=body, **options)

    def get(self, key, **options):
        return self.s3.get_object(Bucket=self.name, Key=key, **options)


def test_objects_come_back_as_they_were_put():
    with Bucket() as b:
        put = b.put("folder/a b+c&d=ü.txt", b"hello", ContentType="text/plain", Metadata={"Color": "blue"}, CacheControl="max-age=5", Tagging="x=1&y=2")
        assert put["ETag"] == f'"{hashlib.md5(b"hello").hexdigest()}"', put
        got = b.get("folder/a b+c&d=ü.txt")
        assert got["Body"].read() == b"hello" and got["ContentType"] == "text/plain" and got["Metadata"] == {"color": "blue"}, got
        assert got["CacheControl"] == "max-age=5" and got["TagCount"] == 2 and got["ServerSideEncryption"] == "AES256", got
        head = b.s3.head_object(Bucket=b.name, Key="folder/a b+c&d=ü.txt")
        assert head["ContentLength"] == 5 and head["ETag"] == put["ETag"], head
        refused(lambda: b.get("none"), "NoSuchKey", "The specified key does not exist.", 404)
        refused(lambda: s3().get_object(Bucket="there-is-none-such", Key="a"), "NoSuchBucket", "The specified bucket does not exist", 404)
        for key in ["../up", "a//b", "./c", "%41", "ends/", "q?x=1", "日本"]:
            b.put(key, key.encode())
            assert b.get(key)["Body"].read() == key.encode(), key
        keys = [c["Key"] for c in b.s3.list_objects_v2(Bucket=b.name)["Contents"]]
        assert keys == sorted(keys, key=lambda k: k.encode()) and "../up" in keys, keys


def test_ranges_and_conditions():
    with Bucket() as b:
        etag = b.put("k", b"0123456789")["ETag"]
        assert b.get("k", Range="bytes=2-4")["Body"].read() == b"234"
        part = b.get("k", Range="bytes=-3")
        assert part["Body"].read() == b"789" and part["ContentRange"] == "bytes 7-9/10", part
        assert b.get("k", Range="bytes=8-100")["Body"].read() == b"89"
        refused(lambda: b.get("k", Range="bytes=10-"), "InvalidRange", "The requested range is not satisfiable", 416)
        refused(lambda: b.get("k", IfMatch='"other"'), "PreconditionFailed", "At least one of the pre-conditions you specified did not hold", 412)
        try:
            b.get("k", IfNoneMatch=etag)
            raise AssertionError("was answered")
        except b.s3.exceptions.ClientError as e:
            assert e.response["ResponseMetadata"]["HTTPStatusCode"] == 304, e
        if "IfNoneMatch" in b.s3.meta.service_model.operation_model("PutObject").input_shape.members:
            refused(lambda: b.put("k", b"x", IfNoneMatch="*"), "PreconditionFailed", "At least one of the pre-conditions you specified did not hold", 412)
            b.put("new", b"x", IfNoneMatch="*")


def test_listing_with_prefix_delimiter_and_pages():
    with Bucket() as b:
        for key in ["a/1", "a/2", "b/c/1", "b/d", "top1", "top2"]:
            b.put(key, b"x")
        page = b.s3.list_objects_v2(Bucket=b.name, Delimiter="/")
        assert [c["Key"] for c in page["Contents"]] == ["top1", "top2"] and [p["Prefix"] for p in page["CommonPrefixes"]] == ["a/", "b/"], page
        page = b.s3.list_objects_v2(Bucket=b.name, Delimiter="/", Prefix="b/")
        assert [c["Key"] for c in page["Contents"]] == ["b/d"] and [p["Prefix"] for p in page["CommonPrefixes"]] == ["b/c/"], page
        seen = []
        for page in b.s3.get_paginator("list_objects_v2").paginate(Bucket=b.name, Delimiter="/", PaginationConfig={"PageSize": 1}):
            seen += [c["Key"] for c in page.get("Contents", [])] + [p["Prefix"] for p in page.get("CommonPrefixes", [])]
        assert seen == ["a/", "b/", "top1", "top2"], seen
        seen = [c["Key"] for page in b.s3.get_paginator("list_objects").paginate(Bucket=b.name, PaginationConfig={"PageSize": 2}) for c in page["Contents"]]
        assert seen == ["a/1", "a/2", "b/c/1", "b/d", "top1", "top2"], seen
        assert [c["Key"] for c in b.s3.list_objects_v2(Bucket=b.name, StartAfter="b/d")["Contents"]] == ["top1", "top2"]


def test_copies_and_deletes_of_many():
    with Bucket() as b:
        b.put("source ü", b"data", Metadata={"a": "1"}, ContentType="text/css")
        b.s3.copy_object(Bucket=b.name, Key="copy", CopySource={"Bucket": b.name, "Key": "source ü"})
        copied = b.get("copy")
        assert copied["Body"].read() == b"data" and copied["Metadata"] == {"a": "1"} and copied["ContentType"] == "text/css", copied
        b.s3.copy_object(Bucket=b.name, Key="copy", CopySource=f"{b.name}/copy", MetadataDirective="REPLACE", Metadata={"b": "2"})
        assert b.get("copy")["Metadata"] == {"b": "2"}
        refused(lambda: b.s3.copy_object(Bucket=b.name, Key="copy", CopySource=f"{b.name}/copy"), "InvalidRequest",
                "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.", 400)
        answer = b.s3.delete_objects(Bucket=b.name, Delete={"Objects": [{"Key": "copy"}, {"Key": "none"}]})
        assert sorted(d["Key"] for d in answer["Deleted"]) == ["copy", "none"], answer
        refused(lambda: b.s3.delete_bucket(Bucket=b.name), "BucketNotEmpty", "The bucket you tried to delete is not empty", 409)


def test_uploads_in_parts():
    with Bucket() as b:
        data = os.urandom(13 * MB)
        with tempfile.NamedTemporaryFile() as file:
            file.write(data)
            file.flush()
            b.s3.upload_file(file.name, b.name, "big", Config=TransferConfig(multipart_threshold=5 * MB, multipart_chunksize=5 * MB))
            got = io.BytesIO()
            b.s3.download_fileobj(b.name, "big", got, Config=TransferConfig(multipart_threshold=5 * MB, multipart_chunksize=5 * MB))
        assert got.getvalue() == data
        assert b.s3.head_object(Bucket=b.name, Key="big")["ETag"].endswith('-3"')
        assert b.get("big", PartNumber=2)["Body"].read() == data[5 * MB:10 * MB]
        upload = b.s3.create_multipart_upload(Bucket=b.name, Key="by hand")["UploadId"]
        one = b.s3.upload_part(Bucket=b.name, Key="by hand", UploadId=upload, PartNumber=1, Body=data[:5 * MB])["ETag"]
        two = b.s3.upload_part_copy(Bucket=b.name, Key="by hand", UploadId=upload, PartNumber=7, CopySource=f"{b.name}/big", CopySourceRange="bytes=0-9")["CopyPartResult"]["ETag"]
        assert [p["PartNumber"] for p in b.s3.list_parts(Bucket=b.name, Key="by hand", UploadId=upload)["Parts"]] == [1, 7]
        assert [u["Key"] for u in b.s3.list_multipart_uploads(Bucket=b.name)["Uploads"]] == ["by hand"]
        refused(lambda: b.s3.complete_multipart_upload(Bucket=b.name, Key="by hand", UploadId=upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": "nonsense"}]}),
                "InvalidPart", "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.", 400)
        b.s3.complete_multipart_upload(Bucket=b.name, Key="by hand", UploadId=upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": one}, {"PartNumber": 7, "ETag": two}]})
        assert b.get("by hand")["Body"].read() == data[:5 * MB] + data[:10]
        upload = b.s3.create_multipart_upload(Bucket=b.name, Key="dropped")["UploadId"]
        b.s3.abort_multipart_upload(Bucket=b.name, Key="dropped", UploadId=upload)
        refused(lambda: b.s3.list_parts(Bucket=b.name, Key="dropped", UploadId=upload), "NoSuchUpload",
                "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.", 404)


def test_checksums():
    with Bucket() as b:
        body = b"checked " * 1000
        for algorithm, value in [("CRC32", base64.b64encode(zlib.crc32(body).to_bytes(4, "big")).decode()),
                                 ("SHA1", base64.b64encode(hashlib.sha1(body).digest()).decode()),
                                 ("SHA256", base64.b64encode(hashlib.sha256(body).digest()).decode())]:
            put = b.put(algorithm, body, ChecksumAlgorithm=algorithm)
            assert put[f"Checksum{algorithm}"] == value, put
            head = b.s3.head_object(Bucket=b.name, Key=algorithm, ChecksumMode="ENABLED")
            assert head[f"Checksum{algorithm}"] == value, head
            assert b.get(algorithm, ChecksumMode="ENABLED")["Body"].read() == body
        # As a stream, with the checksum behind it.
        put = b.put("stream", io.BytesIO(body), ChecksumAlgorithm="SHA256")
        assert put["ChecksumSHA256"] == base64.b64encode(hashlib.sha256(body).digest()).decode(), put
        refused(lambda: b.put("wrong", body, ChecksumSHA256=base64.b64encode(bytes(32)).decode()), "BadDigest",
                "The SHA256 you specified did not match the calculated checksum.", 400)
        refused(lambda: b.get("wrong"), "NoSuchKey", "The specified key does not exist.", 404)
        attributes = b.s3.get_object_attributes(Bucket=b.name, Key="SHA256", ObjectAttributes=["ETag", "Checksum", "ObjectSize", "StorageClass"])
        assert attributes["ObjectSize"] == len(body) and attributes["StorageClass"] == "STANDARD" and "ChecksumSHA256" in attributes["Checksum"], attributes


def test_presigned_links():
    with Bucket() as b:
        for signer in [b.s3, s3(signature_version="s3v4")]:
            link = signer.generate_presigned_url("put_object", {"Bucket": b.name, "Key": "a b"}, ExpiresIn=60)
            assert "Signature=" in link, link
            request = http.client.HTTPConnection(urllib.parse.urlsplit(link).netloc)
            request.request("PUT", link[link.index("/", 8):], body=b"by link")
            assert request.getresponse().status == 200
            link = signer.generate_presigned_url("get_object", {"Bucket": b.name, "Key": "a b", "ResponseContentType": "text/x"}, ExpiresIn=60)
            with urllib.request.urlopen(link) as answer:
                assert answer.read() == b"by link" and answer.headers["Content-Type"] == "text/x", answer.headers
            try:
                urllib.request.urlopen(link.replace("a%20b", "other"))
                raise AssertionError("a link opened another object")
            except urllib.error.HTTPError as e:
                assert e.code == 403 and b"<Code>SignatureDoesNotMatch</Code>" in e.read()


def test_versions():
    with Bucket() as b:
        b.put("k", b"before")
        b.s3.put_bucket_versioning(Bucket=b.name, VersioningConfiguration={"Status": "Enabled"})
        assert b.s3.get_bucket_versioning(Bucket=b.name)["Status"] == "Enabled"
        one, two = b.put("k", b"one")["VersionId"], b.put("k", b"two")["VersionId"]
        assert b.get("k")["Body"].read() == b"two" and b.get("k", VersionId=one)["Body"].read() == b"one"
        assert b.get("k", VersionId="null")["Body"].read() == b"before"
        marker = b.s3.delete_object(Bucket=b.name, Key="k")
        assert marker["DeleteMarker"] is True, marker
        refused(lambda: b.get("k"), "NoSuchKey", "The specified key does not exist.", 404)
        refused(lambda: b.get("k", VersionId=marker["VersionId"]), "MethodNotAllowed", "The specified method is not allowed against this resource.", 405)
        listed = b.s3.list_object_versions(Bucket=b.name)
        assert [v["VersionId"] for v in listed["Versions"]] == [two, one, "null"] and listed["DeleteMarkers"][0]["IsLatest"], listed
        assert "Contents" not in b.s3.list_objects_v2(Bucket=b.name)
        b.s3.delete_object(Bucket=b.name, Key="k", VersionId=marker["VersionId"])
        assert b.get("k")["Body"].read() == b"two"
        seen = [v["VersionId"] for page in b.s3.get_paginator("list_object_versions").paginate(Bucket=b.name, PaginationConfig={"PageSize": 1}) for v in page["Versions"]]
        assert seen == [two, one, "null"], seen


def test_settings():
    with Bucket() as b:
        c = b.s3
        assert c.get_bucket_location(Bucket=b.name)["LocationConstraint"] is None
        block = c.get_public_access_block(Bucket=b.name)["PublicAccessBlockConfiguration"]
        assert all(block.values()) and len(block) == 4, block
        assert c.get_bucket_ownership_controls(Bucket=b.name)["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
        rule = c.get_bucket_encryption(Bucket=b.name)["ServerSideEncryptionConfiguration"]["Rules"][0]
        assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256" and rule["BucketKeyEnabled"] is False, rule
        assert c.get_bucket_acl(Bucket=b.name)["Grants"][0]["Permission"] == "FULL_CONTROL"
        refused(lambda: c.get_bucket_tagging(Bucket=b.name), "NoSuchTagSet", "The TagSet does not exist", 404)
        c.put_bucket_tagging(Bucket=b.name, Tagging={"TagSet": [{"Key": "a", "Value": "1"}]})
        assert c.get_bucket_tagging(Bucket=b.name)["TagSet"] == [{"Key": "a", "Value": "1"}]
        refused(lambda: c.get_bucket_policy(Bucket=b.name), "NoSuchBucketPolicy", "The bucket policy does not exist", 404)
        refused(lambda: c.get_bucket_lifecycle_configuration(Bucket=b.name), "NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist", 404)
        c.put_bucket_lifecycle_configuration(Bucket=b.name, LifecycleConfiguration={"Rules": [{"ID": "old", "Status": "Enabled", "Filter": {"Prefix": "tmp/"}, "Expiration": {"Days": 3}}]})
        assert c.get_bucket_lifecycle_configuration(Bucket=b.name)["Rules"] == [{"ID": "old", "Status": "Enabled", "Filter": {"Prefix": "tmp/"}, "Expiration": {"Days": 3}}]
        public = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{b.name}/*"}]}
        try:
            c.put_bucket_policy(Bucket=b.name, Policy=json.dumps(public))
            raise AssertionError("a public policy was taken")
        except c.exceptions.ClientError as e:
            assert e.response["Error"]["Code"] == "AccessDenied" and "BlockPublicPolicy" in e.response["Error"]["Message"], e
        c.put_public_access_block(Bucket=b.name, PublicAccessBlockConfiguration=dict.fromkeys(block, False))
        c.put_bucket_policy(Bucket=b.name, Policy=json.dumps(public))
        assert c.get_bucket_policy_status(Bucket=b.name)["PolicyStatus"]["IsPublic"] is True
        b.put("open", b"to everybody")
        endpoint = c.meta.endpoint_url
        with urllib.request.urlopen(f"{endpoint}/{b.name}/open") as answer:
            assert answer.read() == b"to everybody"
        c.put_public_access_block(Bucket=b.name, PublicAccessBlockConfiguration={"RestrictPublicBuckets": True})
        try:
            urllib.request.urlopen(f"{endpoint}/{b.name}/open")
            raise AssertionError("a restricted bucket is public")
        except urllib.error.HTTPError as e:
            assert e.code == 403, e
        c.delete_bucket_policy(Bucket=b.name)
        for read, code in [(c.get_bucket_website, "NoSuchWebsiteConfiguration"), (c.get_bucket_replication, "ReplicationConfigurationNotFoundError"),
                           (c.get_object_lock_configuration, "ObjectLockConfigurationNotFoundError"), (c.get_bucket_cors, "NoSuchCORSConfiguration")]:
            try:
                read(Bucket=b.name)
                raise AssertionError(code)
            except c.exceptions.ClientError as e:
                assert e.response["Error"]["Code"] == code, e
        assert c.get_bucket_request_payment(Bucket=b.name)["Payer"] == "BucketOwner"


def test_functions_hear_of_objects_and_come_from_buckets():
    code = "def handler(e, c):\n    r = e['Records'][0]\n    print('HEARD', r['eventName'], r['s3']['object']['key'], r['s3']['object'].get('size'))\n"
    with Bucket() as b, Function(code) as function:
        arn = function.created["FunctionArn"]
        wanted = {"LambdaFunctionConfigurations": [{
            "Id": "mine", "LambdaFunctionArn": arn, "Events": ["s3:ObjectCreated:*"],
            "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": "in/"}, {"Name": "suffix", "Value": ".txt"}]}}}]}
        refused(lambda: b.s3.put_bucket_notification_configuration(Bucket=b.name, NotificationConfiguration=wanted), "InvalidArgument",
                "Unable to validate the following destination configurations", 400)
        function.lambda_.add_permission(FunctionName=function.name, StatementId="s3", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com",
                                        SourceArn=f"arn:aws:s3:::{b.name}", SourceAccount="000000000000")
        b.s3.put_bucket_notification_configuration(Bucket=b.name, NotificationConfiguration=wanted)
        got = b.s3.get_bucket_notification_configuration(Bucket=b.name)["LambdaFunctionConfigurations"][0]
        assert got["Filter"]["Key"]["FilterRules"] == [{"Name": "Prefix", "Value": "in/"}, {"Name": "Suffix", "Value": ".txt"}], got
        b.put("in/other", b"no")
        b.put("in/a b.txt", b"yes")
        logs = client("logs")

        def heard():
            try:
                found = logs.filter_log_events(logGroupName=f"/aws/lambda/{function.name}", filterPattern="HEARD")["events"]
            except logs.exceptions.ResourceNotFoundException:
                return None
            return [e["message"].strip() for e in found]
        assert eventually(heard) == ["HEARD ObjectCreated:Put in/a+b.txt 3"], heard()
        b.put("code.zip", package({"app.py": "def handler(e, c):\n    return 'from a bucket'\n"}))
        function.lambda_.update_function_code(FunctionName=function.name, S3Bucket=b.name, S3Key="code.zip")
        function.lambda_.get_waiter("function_updated_v2").wait(FunctionName=function.name, WaiterConfig={"Delay": 1})
        assert function.invoke()["Payload"] == b'"from a bucket"'
        refused(lambda: function.lambda_.update_function_code(FunctionName=function.name, S3Bucket=b.name, S3Key="none.zip"), "InvalidParameterValueException",
                "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist.", 400)


def test_queues_hear_of_objects():
    sqs = client("sqs")
    with Bucket() as b:
        queue = sqs.create_queue(QueueName=b.name)["QueueUrl"]
        arn = f"arn:aws:sqs:us-east-1:000000000000:{b.name}"
        allow = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn,
                                                         "Condition": {"ArnLike": {"aws:SourceArn": f"arn:aws:s3:::{b.name}"}}}]}
        sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps(allow)})
        b.s3.put_bucket_notification_configuration(
            Bucket=b.name, NotificationConfiguration={"QueueConfigurations": [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]}]})
        b.put("k", b"12345")
        b.s3.delete_object(Bucket=b.name, Key="k")
        heard = []
        while len(heard) < 3:
            for message in sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=10, MaxNumberOfMessages=10)["Messages"]:
                heard.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        assert [h.get("Event") or h["Records"][0]["eventName"] for h in heard] == ["s3:TestEvent", "ObjectCreated:Put", "ObjectRemoved:Delete"], heard
        sqs.delete_queue(QueueUrl=queue)


def test_lifecycles_are_carried_out():
    sqs = client("sqs")
    with Bucket() as b:
        queue = sqs.create_queue(QueueName=b.name)["QueueUrl"]
        arn = f"arn:aws:sqs:us-east-1:000000000000:{b.name}"
        allow = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn}]}
        sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps(allow)})
        b.s3.put_bucket_notification_configuration(
            Bucket=b.name, NotificationConfiguration={"QueueConfigurations": [{"QueueArn": arn, "Events": ["s3:LifecycleExpiration:*"]}]})
        b.put("old/a", b"gone")
        b.put("old/tagged", b"stays", Tagging="keep=yes")
        rules = [
            {"ID": "past", "Status": "Enabled", "Filter": {"And": {"Prefix": "old/", "ObjectSizeLessThan": 5}}, "Expiration": {"Date": "2024-01-01T00:00:00Z"}},
            {"ID": "later", "Status": "Enabled", "Filter": {"Prefix": "new/"}, "Expiration": {"Days": 10}, "Transitions": [{"Days": 5, "StorageClass": "GLACIER"}]},
            {"ID": "parts", "Status": "Enabled", "Filter": {}, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}}]
        b.s3.put_bucket_lifecycle_configuration(Bucket=b.name, LifecycleConfiguration={"Rules": rules})
        assert [r["ID"] for r in b.s3.get_bucket_lifecycle_configuration(Bucket=b.name)["Rules"]] == ["past", "later", "parts"]
        assert eventually(lambda: [o["Key"] for o in b.s3.list_objects_v2(Bucket=b.name)["Contents"]] == ["old/tagged"])
        assert 'rule-id="later"' in b.put("new/a", b"x")["Expiration"]
        assert b.s3.create_multipart_upload(Bucket=b.name, Key="up")["AbortRuleId"] == "parts"
        heard = []
        while len(heard) < 2:
            for message in sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=10, MaxNumberOfMessages=10)["Messages"]:
                heard.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        assert heard[1]["Records"][0]["eventName"] == "LifecycleExpiration:Delete" and heard[1]["Records"][0]["s3"]["object"]["key"] == "old/a", heard
        refused(lambda: b.s3.put_bucket_lifecycle_configuration(Bucket=b.name, LifecycleConfiguration={"Rules": [
            {"ID": "no", "Status": "Enabled", "Filter": {}, "Expiration": {"Days": 0}}]}), "InvalidArgument", "'Days' for Expiration action must be a positive integer", 400)
        sqs.delete_queue(QueueUrl=queue)


def test_other_regions_and_names():
    west = boto3.client("s3", endpoint_url=ENDPOINT, region_name="eu-west-1", aws_access_key_id="test", aws_secret_access_key="test",
                        config=Config(s3={"addressing_style": "path"}))
    bucket = name("b").lower().replace("_", "-")
    refused(lambda: west.create_bucket(Bucket=bucket), "IllegalLocationConstraintException",
            "The unspecified location constraint is incompatible for the region specific endpoint this request was sent to.", 400)
    west.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    assert west.get_bucket_location(Bucket=bucket)["LocationConstraint"] == "eu-west-1"
    refused(lambda: west.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}), "BucketAlreadyOwnedByYou",
            "Your previous request to create the named bucket succeeded and you already own it.", 409)
    assert bucket in [b["Name"] for b in west.list_buckets()["Buckets"]]
    west.delete_bucket(Bucket=bucket)
    refused(lambda: s3().create_bucket(Bucket="Wrong.Name"), "InvalidBucketName", "The specified bucket is not valid.", 400)


main({key: value for key, value in globals().items() if key.startswith("test_")})
