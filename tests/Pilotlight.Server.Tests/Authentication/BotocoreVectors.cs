namespace Pilotlight.Authentication;

/// <summary>Requests that botocore signed at 2025-03-04T12:00:00Z. Written by botocore_vectors.py; do not edit.</summary>
static class BotocoreVectors
{
    public static IReadOnlyList<SignedRequest> All { get; } =
    [
        new("list functions", "lambda", "GET", "/2015-03-31/functions/?MaxItems=5&Marker=a%2Bb%3D%3D&FunctionVersion=ALL", "",
        [
            ("Authorization", "AWS4-HMAC-SHA256 Credential=test/20250304/eu-west-1/lambda/aws4_request, SignedHeaders=host;x-amz-date, Signature=0fc13dc1a49c809f356ab1833729816f36f0edb05fd12fdd99c50b4ecd6711be"),
            ("Host", "localhost:4566"),
            ("X-Amz-Date", "20250304T120000Z"),
        ]),
        new("query that is not sorted, with empty and repeated names", "lambda", "GET", "/p?b=2&a-=3&a=9&a=1&empty=&flag", "",
        [
            ("Authorization", "AWS4-HMAC-SHA256 Credential=test/20250304/eu-west-1/lambda/aws4_request, SignedHeaders=host;x-amz-date, Signature=409f202b0dea85905559479423635592e3e1d684bbfb314a2d5a01d7fce34e04"),
            ("Host", "localhost:4566"),
            ("X-Amz-Date", "20250304T120000Z"),
        ]),
        new("path with an encoded ARN", "lambda", "POST", "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-west-1%3A000000000000%3Afunction%3Af%3Alive/invocations?Qualifier=live", "{\"key\":\"value\"}",
        [
            ("Authorization", "AWS4-HMAC-SHA256 Credential=test/20250304/eu-west-1/lambda/aws4_request, SignedHeaders=content-type;host;x-amz-client-context;x-amz-date;x-amz-invocation-type, Signature=0fefa6bb528b070b45af3f37f59e1e04ceac7619b8d9465a5626a6cdf15e4edc"),
            ("Content-Type", "application/octet-stream"),
            ("Host", "localhost:4566"),
            ("X-Amz-Client-Context", "e30="),
            ("X-Amz-Date", "20250304T120000Z"),
            ("X-Amz-Invocation-Type", "Event"),
        ]),
        new("path with a colon that is not encoded", "lambda", "GET", "/2015-03-31/functions/f:live", "",
        [
            ("Authorization", "AWS4-HMAC-SHA256 Credential=test/20250304/eu-west-1/lambda/aws4_request, SignedHeaders=host;x-amz-date, Signature=7c52000db2b31eda606dbea72a8a7f8b0f58759aaa88bc24c414d4bc65c9ece8"),
            ("Host", "localhost:4566"),
            ("X-Amz-Date", "20250304T120000Z"),
        ]),
        new("path with unreserved and reserved characters", "lambda", "GET", "/a-b_c.d~e/(x)!*'$,;=@/%20%E2%82%AC%2F", "",
        [
            ("Authorization", "AWS4-HMAC-SHA256 Credential=test/20250304/eu-west-1/lambda/aws4_request, SignedHeaders=host;x-amz-date, Signature=3366976ec12e88723a246df7de674da73155ce24c3e1eb08718e4897eea09fa3"),
            ("Host", "localhost:4566"),
            ("X-Amz-Date", "20250304T120000Z"),
        ]),
        new("path with dots and empty segments", "lambda", "GET", "/a/./b//c/../d/", "",
        [
            ("Authorization", "AWS4-HMAC-SHA256 Credential=test/20250304/eu-west-1/lambda/aws4_request, SignedHeaders=host;x-amz-date, Signature=fd1b7399cda7b2ca6bbdc17212e3ddc5eac5643395358db1337d75aa05064534"),
            ("Host", "localhost:4566"),
            ("X-Amz-Date", "20250304T120000Z"),
        ]),
        new("path of nothing but dots", "lambda", "GET", "/./..//", "",
        [
            ("Authorization", "AWS4-HMAC-SHA256 Credential=test/20250304/eu-west-1/lambda/aws4_request, SignedHeaders=host;x-amz-date, Signature=e68d3eaae2cd769ad5940d2544ef82eff268e5240b8e1e9f9cb300afaa139206"),
            ("Host", "localhost:4566"),
            ("X-Amz-Date", "20250304T120000Z"),
        ]),
        new("query protocol", "sts", "POST", "/", "Action=GetCallerIdentity&Version=2011-06-15",
        [
            ("Authorization", "AWS4-HMAC-SHA256 Credential=test/20250304/us-east-1/sts/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=00e60df3d18cf6f2dc229ba9e9f49b9a3c85d0b18b0f3732654f468ac17e7386"),
            ("Content-Type", "application/x-www-form-urlencoded; charset=utf-8"),
            ("Host", "localhost:4566"),
            ("X-Amz-Date", "20250304T120000Z"),
        ]),
        new("json protocol", "logs", "POST", "/", "{\"logGroupName\":\"/aws/lambda/f\"}",
        [
            ("Authorization", "AWS4-HMAC-SHA256 Credential=test/20250304/eu-west-1/logs/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=2b5b65907714f4bf7679c85377332c8c678276b7a03be5ea5da648c363ddb4e9"),
            ("Content-Type", "application/x-amz-json-1.1"),
            ("Host", "localhost:4566"),
            ("X-Amz-Date", "20250304T120000Z"),
            ("X-Amz-Target", "Logs_20140328.DescribeLogGroups"),
        ]),
        new("header with runs of spaces", "lambda", "GET", "/", "",
        [
            ("Authorization", "AWS4-HMAC-SHA256 Credential=test/20250304/eu-west-1/lambda/aws4_request, SignedHeaders=host;x-amz-date;x-amz-meta;x-custom, Signature=ce5a32173295cf2dbe6f436568dbf014cbbaba93602f73b6facd504b4d2b5e5a"),
            ("Host", "localhost:4566"),
            ("X-Amz-Date", "20250304T120000Z"),
            ("X-Amz-Meta", "  a   b  c "),
            ("X-Custom", "x    y"),
        ]),
        new("header that is not ASCII", "lambda", "GET", "/", "",
        [
            ("Authorization", "AWS4-HMAC-SHA256 Credential=test/20250304/eu-west-1/lambda/aws4_request, SignedHeaders=host;x-amz-date;x-amz-meta, Signature=13e27c519f4350a1162a4f43aee2b1f3e81f059c8321114ba0e44e67f5ae21ac"),
            ("Host", "localhost:4566"),
            ("X-Amz-Date", "20250304T120000Z"),
            ("X-Amz-Meta", "grüß"),
        ]),
        new("declared payload hash", "lambda", "POST", "/", "body",
        [
            ("Authorization", "AWS4-HMAC-SHA256 Credential=test/20250304/eu-west-1/lambda/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=4566a2b501e04eeb3fdde7b0987b0cb1b665a84e1defb523eab2b4d17aa53a8b"),
            ("Host", "localhost:4566"),
            ("X-Amz-Content-SHA256", "230d8358dc8e8890b4c58deeb62912ee2f20357ae92a5cc861b98e68fe31acb5"),
            ("X-Amz-Date", "20250304T120000Z"),
        ]),
        new("Date instead of X-Amz-Date", "lambda", "GET", "/", "",
        [
            ("Authorization", "AWS4-HMAC-SHA256 Credential=test/20250304/eu-west-1/lambda/aws4_request, SignedHeaders=date;host, Signature=2cf877a511de23dd4c0f3e03ec1db8251491b73025f4381e7c6d511dfec054d1"),
            ("Date", "Tue, 04 Mar 2025 12:00:00 -0000"),
            ("Host", "localhost:4566"),
        ]),
        new("session of a role", "lambda", "POST", "/2015-03-31/functions/f/invocations", "{}",
        [
            ("Authorization", "AWS4-HMAC-SHA256 Credential=ASIAQAAAAAAACEC7MMHZ/20250304/eu-west-1/lambda/aws4_request, SignedHeaders=host;x-amz-date;x-amz-security-token, Signature=540ee0ff0f87604e747c558d0f07096b6ceb2eb0b45e04fa2de3046587bda1e8"),
            ("Host", "localhost:4566"),
            ("X-Amz-Date", "20250304T120000Z"),
            ("X-Amz-Security-Token", "ATzpAju+acWkCdmNL7Wu+bOE88B2uFSQ1fzQHlUHggRqL3OoqStnSryxnQjvQb8mw9oMd0nQ2GccJ8GYjbfKvNUQSW1TBJzzOB87TktD01Qw93tRHVjJ81tPUXyZTufQiBUckpgvURsYGgT+XZWStNgvGZfgzSrZiWVSYClMvejpT9mSmoBCptrfAMHT1G5D7I6I+y8ZZ8xa8DLGigOatSHO"),
        ]),
        new("presigned", "sts", "GET", "/?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=test%2F20250304%2Fus-east-1%2Fsts%2Faws4_request&X-Amz-Date=20250304T120000Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Signature=8871ae3eb054fbb0e527b36ca2094b17868f02a7cf50a4d59328cc8d18e51f97", "",
        [
            ("Host", "localhost:4566"),
        ]),
        new("presigned with a session", "sts", "GET", "/?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=ASIAQAAAAAAACEC7MMHZ%2F20250304%2Feu-west-1%2Fsts%2Faws4_request&X-Amz-Date=20250304T120000Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Security-Token=ATzpAju%2BacWkCdmNL7Wu%2BbOE88B2uFSQ1fzQHlUHggRqL3OoqStnSryxnQjvQb8mw9oMd0nQ2GccJ8GYjbfKvNUQSW1TBJzzOB87TktD01Qw93tRHVjJ81tPUXyZTufQiBUckpgvURsYGgT%2BXZWStNgvGZfgzSrZiWVSYClMvejpT9mSmoBCptrfAMHT1G5D7I6I%2By8ZZ8xa8DLGigOatSHO&X-Amz-Signature=cd4f35c0db6d2661e937e5d32991c95472cd84a61ce801295a5a4641ad198492", "",
        [
            ("Host", "localhost:4566"),
        ]),
        new("presigned with a header", "sts", "GET", "/?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=test%2F20250304%2Feu-west-1%2Fsts%2Faws4_request&X-Amz-Date=20250304T120000Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host%3Bx-k8s-aws-id&X-Amz-Signature=58cfb5faaea0a3bb909a580f6a8363f2f942493a170f386d985c485a4ca6c127", "",
        [
            ("Host", "localhost:4566"),
            ("x-k8s-aws-id", "cluster"),
        ]),
        new("S3 path", "s3", "PUT", "/bucket/a%20b//%C3%BC/./x%2By", "content",
        [
            ("Authorization", "AWS4-HMAC-SHA256 Credential=test/20250304/eu-west-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=18bcbda8321ccd322c1be6e8685f3c8f16c85d15688b4ca9e31e6bc86411decd"),
            ("Host", "localhost:4566"),
            ("X-Amz-Content-SHA256", "ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73"),
            ("X-Amz-Date", "20250304T120000Z"),
        ]),
        new("S3 presigned", "s3", "PUT", "/bucket/a%20b?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=test%2F20250304%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Date=20250304T120000Z&X-Amz-Expires=600&X-Amz-SignedHeaders=host&X-Amz-Signature=165f0ebda932d21a5c968e9ed2f57d4bbbbcdf0cfda07dd733c48fef413776f4", "",
        [
            ("Host", "localhost:4566"),
        ]),
    ];
}
