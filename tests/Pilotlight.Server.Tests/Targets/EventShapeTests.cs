using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pilotlight.Tests.Environments;

namespace Pilotlight.Tests.Targets;

/// <summary>Every event that reaches functions and destinations from within the platform, whole (spec/events.md, spec/invoke.md 4).</summary>
public sealed class EventShapeTests : IAsyncLifetime
{
    const string Function = "arn:aws:lambda:us-east-1:000000000000:function:f";

    EventServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await EventServer.StartAsync(answer: static payload => payload.Contains("fail", StringComparison.Ordinal)
            ? throw new EventSources.FunctionFailedException()
            : """{"was":1}""");
        await _server.FunctionAsync("f");
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_message_of_a_queue()
    {
        await _server.QueueAsync("q");
        await MapAsync(EventServer.QueueArn("q"));
        await _server.SqsAsync("SendMessage", $$$"""
            {"QueueUrl":"{{{_server.Server.Endpoint}}}000000000000/q","MessageBody":"hi",
             "MessageAttributes":{"k":{"DataType":"String","StringValue":"v"},"raw":{"DataType":"Binary","BinaryValue":"AQI="},"n":{"DataType":"Number.int","StringValue":"1"} },
             "MessageSystemAttributes":{"AWSTraceHeader":{"DataType":"String","StringValue":"Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1"} } }
            """);
        EventShape.Same("""
            {"Records":[{"messageId":"<uuid>","receiptHandle":"<text>","body":"hi",
            "attributes":{"ApproximateReceiveCount":"1","AWSTraceHeader":"Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1","SentTimestamp":"<milliseconds>","SenderId":"<text>","ApproximateFirstReceiveTimestamp":"<milliseconds>"},
            "messageAttributes":{"k":{"stringValue":"v","stringListValues":[],"binaryListValues":[],"dataType":"String"},"raw":{"binaryValue":"AQI=","stringListValues":[],"binaryListValues":[],"dataType":"Binary"},"n":{"stringValue":"1","stringListValues":[],"binaryListValues":[],"dataType":"Number.int"}},
            "md5OfMessageAttributes":"<hex>","md5OfBody":"49f68a5c8493ec2c0bf489821c21fc3b","eventSource":"aws:sqs","eventSourceARN":"arn:aws:sqs:us-east-1:000000000000:q","awsRegion":"us-east-1"}]}
            """, await _server.EventTextAsync("aws:sqs"));
    }

    [Fact]
    public async Task A_message_of_a_FIFO_queue()
    {
        await _server.SqsAsync("CreateQueue", """{"QueueName":"q.fifo","Attributes":{"FifoQueue":"true"}}""");
        await MapAsync(EventServer.QueueArn("q.fifo"));
        await _server.SqsAsync("SendMessage", $$"""
            {"QueueUrl":"{{_server.Server.Endpoint}}000000000000/q.fifo","MessageBody":"hi","MessageGroupId":"g","MessageDeduplicationId":"d"}
            """);
        EventShape.Same("""
            {"Records":[{"messageId":"<uuid>","receiptHandle":"<text>","body":"hi",
            "attributes":{"ApproximateReceiveCount":"1","SentTimestamp":"<milliseconds>","SequenceNumber":"<digits>","MessageGroupId":"g","SenderId":"<text>","MessageDeduplicationId":"d","ApproximateFirstReceiveTimestamp":"<milliseconds>"},
            "messageAttributes":{},"md5OfBody":"49f68a5c8493ec2c0bf489821c21fc3b","eventSource":"aws:sqs","eventSourceARN":"arn:aws:sqs:us-east-1:000000000000:q.fifo","awsRegion":"us-east-1"}]}
            """, await _server.EventTextAsync("aws:sqs"));
    }

    [Fact]
    public async Task A_record_of_a_stream()
    {
        await _server.Streams.CreateAsync("s");
        await MapAsync("arn:aws:kinesis:us-east-1:000000000000:stream/s", ""","StartingPosition":"TRIM_HORIZON" """);
        await _server.Streams.PutAsync("s", "hello", "key");
        EventShape.Same("""
            {"Records":[{"kinesis":{"kinesisSchemaVersion":"1.0","partitionKey":"key","sequenceNumber":"<digits>","data":"aGVsbG8=","approximateArrivalTimestamp":"<seconds.mmm>"},
            "eventSource":"aws:kinesis","eventVersion":"1.0","eventID":"<text>","eventName":"aws:kinesis:record","invokeIdentityArn":"arn:aws:iam::000000000000:role/r","awsRegion":"us-east-1","eventSourceARN":"arn:aws:kinesis:us-east-1:000000000000:stream/s"}]}
            """, await _server.EventTextAsync("aws:kinesis"));
    }

    [Theory]
    [InlineData("", "null")]
    [InlineData("About", "\"About\"")]
    public async Task A_message_of_a_topic(string subject, string shown)
    {
        await _server.AllowAsync("f", "sns.amazonaws.com", "arn:aws:sns:us-east-1:000000000000:t");
        var topic = await _server.Topics.TopicAsync("t");
        (await _server.Topics.SubscribeAsync(topic, "lambda", Function)).Ok();
        (await _server.Topics.PublishAsync(topic, "hi", ("Subject", subject.Length == 0 ? null : subject), ("MessageAttributes.entry.1.Name", "k"),
            ("MessageAttributes.entry.1.Value.DataType", "String"), ("MessageAttributes.entry.1.Value.StringValue", "v"))).Ok();
        EventShape.Same($$$"""
            {"Records":[{"EventSource":"aws:sns","EventVersion":"1.0","EventSubscriptionArn":"<text>","Sns":{"Type":"Notification","MessageId":"<uuid>","TopicArn":"arn:aws:sns:us-east-1:000000000000:t","Subject":{{{shown}}},"Message":"hi","Timestamp":"<time.mmm>",
            "SignatureVersion":"1","Signature":"<base64>","SigningCertUrl":"<text>","UnsubscribeUrl":"<text>","MessageAttributes":{"k":{"Type":"String","Value":"v"} } } }]}
            """, await _server.EventTextAsync("aws:sns"));
    }

    [Fact]
    public async Task What_happens_in_a_bucket()
    {
        await _server.AllowAsync("f", "s3.amazonaws.com", "arn:aws:s3:::box");
        await _server.RestAsync("s3", HttpMethod.Put, "/box");
        var (status, body) = await _server.RestAsync("s3", HttpMethod.Put, "/box?notification=",
            $"<NotificationConfiguration><CloudFunctionConfiguration><Id>i</Id><CloudFunction>{Function}</CloudFunction><Event>s3:ObjectCreated:*</Event><Event>s3:ObjectRemoved:*</Event><Event>s3:ObjectTagging:*</Event></CloudFunctionConfiguration></NotificationConfiguration>");
        Assert.True(status == 200, body);
        await _server.RestAsync("s3", HttpMethod.Put, "/box/a@b", "hello");
        await _server.RestAsync("s3", HttpMethod.Put, "/box/a@b?tagging=", "<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tagging>");
        await _server.RestAsync("s3", HttpMethod.Delete, "/box/a@b");

        Same("2.1", "ObjectCreated:Put", ""","size":5,"eTag":"5d41402abc4b2a76b9719d911017c592","sequencer":"<hex>" """, await _server.EventTextAsync("ObjectCreated:Put"));
        Same("2.3", "ObjectTagging:Put", ""","eTag":"5d41402abc4b2a76b9719d911017c592" """, await _server.EventTextAsync("ObjectTagging:Put"));
        Same("2.1", "ObjectRemoved:Delete", ""","sequencer":"<hex>" """, await _server.EventTextAsync("ObjectRemoved:Delete"));

        static void Same(string version, string name, string rest, string seen) => EventShape.Same($$"""
            {"Records":[{"eventVersion":"{{version}}","eventSource":"aws:s3","awsRegion":"us-east-1","eventTime":"<time.mmm>","eventName":"{{name}}","userIdentity":{"principalId":"<text>"},"requestParameters":{"sourceIPAddress":"127.0.0.1"},
            "responseElements":{"x-amz-request-id":"<text>","x-amz-id-2":"<text>"},"s3":{"s3SchemaVersion":"1.0","configurationId":"i","bucket":{"name":"box","ownerIdentity":{"principalId":"<text>"},"arn":"arn:aws:s3:::box"},"object":{"key":"a%40b"{{rest}} } } }]}
            """, seen);
    }

    [Fact]
    public async Task What_happens_in_a_bucket_on_a_bus()
    {
        await _server.AllowAsync("f", "events.amazonaws.com", "arn:aws:events:us-east-1:000000000000:rule/r");
        await _server.EventsAsync("PutRule", """{"Name":"r","EventPattern":"{\"source\":[\"aws.s3\"]}"}""");
        await _server.EventsAsync("PutTargets", $$"""{"Rule":"r","Targets":[{"Id":"1","Arn":"{{Function}}"}]}""");
        await _server.RestAsync("s3", HttpMethod.Put, "/box");
        await _server.RestAsync("s3", HttpMethod.Put, "/box?notification=", "<NotificationConfiguration><EventBridgeConfiguration/></NotificationConfiguration>");
        await _server.RestAsync("s3", HttpMethod.Put, "/box/a@b", "hello");
        EventShape.Same("""
            {"version":"0","id":"<uuid>","detail-type":"Object Created","source":"aws.s3","account":"000000000000","time":"<time>","region":"us-east-1","resources":["arn:aws:s3:::box"],
            "detail":{"version":"0","bucket":{"name":"box"},"object":{"key":"a@b","size":5,"etag":"5d41402abc4b2a76b9719d911017c592","sequencer":"<hex>"},"request-id":"<text>","requester":"000000000000","source-ip-address":"127.0.0.1","reason":"PutObject"}}
            """, await _server.EventTextAsync("aws.s3"));
    }

    [Fact]
    public async Task A_schedule_without_input_and_with_keywords()
    {
        await _server.RoleAsync("clock", "scheduler.amazonaws.com", EventServer.Allow("lambda:InvokeFunction"));
        await ScheduleAsync("plain", "");
        await ScheduleAsync("worded", ",\"Input\":" + JsonSerializer.Serialize(
            """{"arn":"<aws.scheduler.schedule-arn>","at":"<aws.scheduler.scheduled-time>","id":"<aws.scheduler.execution-id>","n":"<aws.scheduler.attempt-number>"}"""));
        EventShape.Same("""
            {"version":"0","id":"<uuid>","detail-type":"Scheduled Event","source":"aws.scheduler","account":"000000000000","time":"<time>","region":"us-east-1","resources":["arn:aws:scheduler:us-east-1:000000000000:schedule/default/plain"],"detail":"{}"}
            """, await _server.EventTextAsync("aws.scheduler\""));
        EventShape.Same(
            """{"arn":"arn:aws:scheduler:us-east-1:000000000000:schedule/default/worded","at":"<time>","id":"<uuid>","n":"1"}""",
            await _server.EventTextAsync("default/worded"));

        async Task ScheduleAsync(string name, string input)
        {
            var (status, body) = await _server.RestAsync("scheduler", HttpMethod.Post, $"/schedules/{name}", $$$"""
                {"ScheduleExpression":"rate(5 minutes)","FlexibleTimeWindow":{"Mode":"OFF"},"Target":{"Arn":"{{{Function}}}","RoleArn":"{{{EventServer.RoleArn("clock")}}}"{{{input}}} } }
                """);
            Assert.True(status == 200, body);
        }
    }

    [Fact]
    public async Task Lines_of_a_log()
    {
        await _server.AllowAsync("f", "logs.amazonaws.com", "arn:aws:logs:us-east-1:000000000000:log-group:g:*");
        await _server.LogsAsync("CreateLogGroup", """{"logGroupName":"g"}""");
        await _server.LogsAsync("CreateLogStream", """{"logGroupName":"g","logStreamName":"s"}""");
        await _server.LogsAsync("PutSubscriptionFilter", $$"""{"logGroupName":"g","filterName":"all","filterPattern":"","destinationArn":"{{Function}}"}""");
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        await _server.LogsAsync("PutLogEvents", $$"""{"logGroupName":"g","logStreamName":"s","logEvents":[{"timestamp":{{now}},"message":"one"},{"timestamp":{{now}},"message":"two"}]}""");

        await EnvironmentLifecycleTests.Until(() => Task.FromResult(_server.Events.Count(static text => text.Contains("awslogs", StringComparison.Ordinal)) == 2));
        foreach (var text in _server.Events)
            EventShape.Same("""{"awslogs":{"data":"<base64>"}}""", text);
        var messages = _server.Events.Select(Unpack).ToList();
        EventShape.Same($$"""
            {"messageType":"DATA_MESSAGE","owner":"000000000000","logGroup":"g","logStream":"s","subscriptionFilters":["all"],"logEvents":[{"id":"<text>","timestamp":{{now}},"message":"one"},{"id":"<text>","timestamp":{{now}},"message":"two"}]}
            """, messages.Single(static text => text.Contains("DATA_MESSAGE", StringComparison.Ordinal)));
        EventShape.Same("""
            {"messageType":"CONTROL_MESSAGE","owner":"CloudwatchLogs","logGroup":"","logStream":"","subscriptionFilters":[],"logEvents":[{"id":"","timestamp":"<int>","message":"CWL CONTROL MESSAGE: Checking health of destination Lambda function."}]}
            """, messages.Single(static text => text.Contains("CONTROL_MESSAGE", StringComparison.Ordinal)));

        static string Unpack(string text)
        {
            using var gzip = new GZipStream(new MemoryStream(Convert.FromBase64String((string)JsonNode.Parse(text)!["awslogs"]!["data"]!)), CompressionMode.Decompress);
            return new StreamReader(gzip).ReadToEnd();
        }
    }

    [Fact]
    public async Task What_destinations_are_told_of_success_and_of_failure()
    {
        await _server.GrantAsync("r", """{"Effect":"Allow","Action":["sqs:SendMessage","events:PutEvents"],"Resource":"*"}""");
        await _server.QueueAsync("heard");
        await _server.FunctionAsync("listener");
        await _server.EventsAsync("PutRule", """{"Name":"r","EventPattern":"{\"source\":[\"lambda\"]}"}""");
        await _server.EventsAsync("PutTargets", """{"Rule":"r","Targets":[{"Id":"1","Arn":"arn:aws:lambda:us-east-1:000000000000:function:listener"}]}""");
        await _server.AllowAsync("listener", "events.amazonaws.com", "arn:aws:events:us-east-1:000000000000:rule/r");
        await ConfigureAsync($$"""{"OnSuccess":{"Destination":"{{EventServer.BusArn()}}"},"OnFailure":{"Destination":"{{EventServer.QueueArn("heard")}}"} }""");

        await InvokeAsync("""{"a": 1}""");
        EventShape.Same($$$"""
            {"version":"0","id":"<uuid>","detail-type":"Lambda Function Invocation Result - Success","source":"lambda","account":"000000000000","time":"<time>","region":"us-east-1","resources":["{{{EventServer.BusArn()}}}","{{{Function}}}:$LATEST"],
            "detail":{"version":"1.0","timestamp":"<time.mmm>","requestContext":{"requestId":"<uuid>","functionArn":"{{{Function}}}:$LATEST","condition":"Success","approximateInvokeCount":1},"requestPayload":{"a":1},"responseContext":{"statusCode":200,"executedVersion":"$LATEST"},"responsePayload":{"was":1} } }
            """, await _server.EventTextAsync("Invocation Result - Success"));

        await InvokeAsync("\"fail\"");
        var message = await _server.ReceiveAsync("heard");
        EventShape.Same($$$"""
            {"version":"1.0","timestamp":"<time.mmm>","requestContext":{"requestId":"<uuid>","functionArn":"{{{Function}}}:$LATEST","condition":"RetriesExhausted","approximateInvokeCount":2},"requestPayload":"fail",
            "responseContext":{"statusCode":200,"executedVersion":"$LATEST","functionError":"Unhandled"},"responsePayload":{"errorMessage":"no","errorType":"Error"}}
            """, (string)message["Body"]!);
        Assert.StartsWith("Root=1-", (string)message["Attributes"]!["AWSTraceHeader"]!);
        Assert.Null(message["MessageAttributes"]);
    }

    [Fact]
    public async Task What_a_destination_is_told_of_an_event_that_never_ran()
    {
        await _server.GrantAsync("r", EventServer.Allow("sqs:SendMessage"));
        await _server.QueueAsync("heard");
        await ConfigureAsync($$"""{"OnFailure":{"Destination":"{{EventServer.QueueArn("heard")}}"} }""");
        await _server.RestAsync("lambda", HttpMethod.Put, "/2017-10-31/functions/f/concurrency", """{"ReservedConcurrentExecutions":0}""");
        await InvokeAsync("[1]");
        EventShape.Same($$$"""
            {"version":"1.0","timestamp":"<time.mmm>","requestContext":{"requestId":"<uuid>","functionArn":"{{{Function}}}:$LATEST","condition":"ZeroReservedConcurrency","approximateInvokeCount":0},"requestPayload":[1]}
            """, (string)(await _server.ReceiveAsync("heard"))["Body"]!);
    }

    [Fact]
    public async Task A_dead_letter_of_an_event()
    {
        await _server.GrantAsync("r", EventServer.Allow("sqs:SendMessage"));
        await _server.QueueAsync("dead");
        var (status, body) = await _server.RestAsync("lambda", HttpMethod.Put, "/2015-03-31/functions/f/configuration", $$"""{"DeadLetterConfig":{"TargetArn":"{{EventServer.QueueArn("dead")}}"} }""");
        Assert.True(status == 200, body);
        await ConfigureAsync("{}");
        await InvokeAsync("""{ "x":"fail" }""");

        var message = await _server.ReceiveAsync("dead");
        Assert.Equal("""{ "x":"fail" }""", (string)message["Body"]!);
        EventShape.Same("""
            {"ErrorCode":{"StringValue":"200","DataType":"Number"},"ErrorMessage":{"StringValue":"no","DataType":"String"},"RequestID":{"StringValue":"<uuid>","DataType":"String"}}
            """, Sorted(message["MessageAttributes"]!));
    }

    [Fact]
    public async Task A_batch_of_a_stream_that_was_given_up_lies_in_a_bucket_with_its_payload()
    {
        await _server.GrantAsync("r", """{"Effect":"Allow","Action":["s3:PutObject","s3:ListBucket"],"Resource":"*"}""");
        await _server.RestAsync("s3", HttpMethod.Put, "/lost");
        await _server.Streams.CreateAsync("s");
        var number = await _server.Streams.PutAsync("s", "hello", "fail");
        var id = await MapAsync("arn:aws:kinesis:us-east-1:000000000000:stream/s",
            ""","StartingPosition":"TRIM_HORIZON","MaximumRetryAttempts":0,"DestinationConfig":{"OnFailure":{"Destination":"arn:aws:s3:::lost"}}""");
        var key = "";
        await EnvironmentLifecycleTests.Until(async () =>
        {
            var list = (await _server.RestAsync("s3", HttpMethod.Get, "/lost?list-type=2")).Body;
            key = list.Contains("<Key>", StringComparison.Ordinal) ? list.Split("<Key>")[1].Split("</Key>")[0] : "";
            return key.Length > 0;
        });
        Assert.Matches($@"\Aaws/lambda/{id}/shardId-000000000000/\d{{4}}/\d\d/\d\d/\d{{4}}-\d\d-\d\dT\d\d\.\d\d\.\d\d-[0-9a-f-]{{36}}\z", key);
        EventShape.Same($$$"""
            {"requestContext":{"requestId":"<uuid>","functionArn":"{{{Function}}}","condition":"RetryAttemptsExhausted","approximateInvokeCount":1},"responseContext":{"statusCode":200,"executedVersion":"$LATEST","functionError":"Unhandled"},
            "version":"1.0","timestamp":"<time.mmm>","KinesisBatchInfo":{"shardId":"shardId-000000000000","startSequenceNumber":"{{{number}}}","endSequenceNumber":"{{{number}}}","approximateArrivalOfFirstRecord":"<time.mmm>","approximateArrivalOfLastRecord":"<time.mmm>","batchSize":1,"streamArn":"arn:aws:kinesis:us-east-1:000000000000:stream/s"},
            "payload":{"Records":[{"kinesis":{"kinesisSchemaVersion":"1.0","partitionKey":"fail","sequenceNumber":"{{{number}}}","data":"aGVsbG8=","approximateArrivalTimestamp":"<seconds.mmm>"},"eventSource":"aws:kinesis","eventVersion":"1.0","eventID":"shardId-000000000000:{{{number}}}","eventName":"aws:kinesis:record","invokeIdentityArn":"arn:aws:iam::000000000000:role/r","awsRegion":"us-east-1","eventSourceARN":"arn:aws:kinesis:us-east-1:000000000000:stream/s"}]}}
            """, (await _server.RestAsync("s3", HttpMethod.Get, "/lost/" + key)).Body);
    }

    static string Sorted(JsonNode attributes) => new JsonObject(attributes.AsObject().OrderBy(static one => one.Key, StringComparer.Ordinal)
        .Select(static one => KeyValuePair.Create(one.Key, (JsonNode?)new JsonObject { ["StringValue"] = (string)one.Value!["StringValue"]!, ["DataType"] = (string)one.Value!["DataType"]! }))).ToJsonString();

    /// <summary>Its id.</summary>
    async Task<string> MapAsync(string source, string more = "")
    {
        var (status, body) = await _server.RestAsync("lambda", HttpMethod.Post, "/2015-03-31/event-source-mappings", $$"""{"FunctionName":"f","EventSourceArn":"{{source}}"{{more}}}""");
        Assert.True(status == 202, body);
        return (string)JsonNode.Parse(body)!["UUID"]!;
    }

    async Task ConfigureAsync(string destinations)
    {
        var (status, body) = await _server.RestAsync("lambda", HttpMethod.Put, "/2019-09-25/functions/f/event-invoke-config",
            $$"""{"MaximumRetryAttempts":1,"DestinationConfig":{{destinations}} }""");
        Assert.True(status == 200, body);
    }

    async Task InvokeAsync(string payload)
    {
        using var accepted = await _server.Server.Client.LambdaAsync(HttpMethod.Post, "/2015-03-31/functions/f/invocations", payload, ("X-Amz-Invocation-Type", "Event"));
        Assert.Equal(202, (int)accepted.StatusCode);
    }
}
