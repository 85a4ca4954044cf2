using System.Net;
using System.Text.Json;
using Pilotlight.Authorization;
using Pilotlight.Testing;

namespace Pilotlight.Tests.Topics;

public sealed class TopicTests
{
    [Fact]
    public async Task A_topic_shows_what_AWS_shows_of_a_new_one()
    {
        await using var server = await TopicsServer.StartAsync();
        var topic = await server.Sns.TopicAsync("orders");
        Assert.Equal("arn:aws:sns:us-east-1:000000000000:orders", topic);
        var attributes = (await server.Sns.CallAsync("GetTopicAttributes", ("TopicArn", topic))).Ok().Attributes;
        Assert.Equal(
            ["DisplayName", "EffectiveDeliveryPolicy", "Owner", "Policy", "SubscriptionsConfirmed", "SubscriptionsDeleted", "SubscriptionsPending", "TopicArn"],
            attributes.Keys.Order());
        Assert.Equal(
            """{"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":20,"maxDelayTarget":20,"numRetries":3,"numMaxDelayRetries":0,"numNoDelayRetries":0,"numMinDelayRetries":0,"backoffFunction":"linear"},"disableSubscriptionOverrides":false,"defaultRequestPolicy":{"headerContentType":"text/plain; charset=UTF-8"}}}""",
            attributes["EffectiveDeliveryPolicy"]);
        Assert.Contains("\"AWS:SourceOwner\":\"000000000000\"", attributes["Policy"]);
        Assert.Contains($"\"Resource\":\"{topic}\"", attributes["Policy"]);
        Assert.Equal([topic], (await server.Sns.CallAsync("ListTopics")).All("TopicArn"));
    }

    [Fact]
    public async Task Creating_is_repeatable_and_deleting_too()
    {
        await using var server = await TopicsServer.StartAsync();
        var sns = server.Sns;
        (string, string?)[] tags = [("Tags.member.1.Key", "k"), ("Tags.member.1.Value", "v")];
        var topic = (await sns.CallAsync("CreateTopic", [("Name", "t"), ("Attributes.entry.1.key", "DisplayName"), ("Attributes.entry.1.value", "D"), .. tags]))["TopicArn"];
        Assert.Equal(topic, (await sns.CallAsync("CreateTopic", ("Name", "t")))["TopicArn"]);
        Assert.Equal(topic, (await sns.CallAsync("CreateTopic", [("Name", "t"), .. tags]))["TopicArn"]);
        var other = await sns.CallAsync("CreateTopic", ("Name", "t"), ("Attributes.entry.1.key", "DisplayName"), ("Attributes.entry.1.value", "E"));
        Assert.Equal((400, "InvalidParameter", "Invalid parameter: Attributes Reason: Topic already exists with different attributes"), (other.Status, other.Code, other.Message));
        var tagged = await sns.CallAsync("CreateTopic", [("Name", "t"), .. tags, ("Tags.member.2.Key", "l"), ("Tags.member.2.Value", "w")]);
        Assert.Equal("Invalid parameter: Tags Reason: Topic already exists with different tags", tagged.Message);
        (await sns.CallAsync("DeleteTopic", ("TopicArn", topic))).Ok();
        (await sns.CallAsync("DeleteTopic", ("TopicArn", topic))).Ok();
        var gone = await sns.CallAsync("GetTopicAttributes", ("TopicArn", topic));
        Assert.Equal((404, "NotFound", "Topic does not exist"), (gone.Status, gone.Code, gone.Message));
    }

    [Theory]
    [InlineData("CreateTopic", "Invalid parameter: Topic Name", "Name", "")]
    [InlineData("CreateTopic", "Invalid parameter: Topic Name", "Name", "a b")]
    [InlineData("CreateTopic", "Invalid parameter: Topic Name", "Name", "t.fifo")]
    [InlineData("CreateTopic", "Invalid parameter: Attributes Reason: Unknown attribute Nope", "Name", "t", "Attributes.entry.1.key", "Nope", "Attributes.entry.1.value", "x")]
    [InlineData("CreateTopic", "Invalid parameter: Duplicated keys are not allowed.", "Name", "t", "Tags.member.1.Key", "k", "Tags.member.1.Value", "v", "Tags.member.2.Key", "k", "Tags.member.2.Value", "v")]
    [InlineData("GetTopicAttributes", "Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1", "TopicArn", "nope")]
    [InlineData("GetTopicAttributes", "Invalid parameter: TopicArn", "TopicArn", "arn:aws:sns:eu-west-1:000000000000:t")]
    [InlineData("GetTopicAttributes", "Invalid parameter: TopicArn", "TopicArn", "arn:aws:sqs:us-east-1:000000000000:t")]
    [InlineData("SetTopicAttributes", "Invalid parameter: AttributeName", "TopicArn", "T", "AttributeName", "FifoTopic", "AttributeValue", "false")]
    [InlineData("SetTopicAttributes", "Invalid parameter: Policy Error: null", "TopicArn", "T", "AttributeName", "Policy", "AttributeValue", "{")]
    [InlineData("SetTopicAttributes", "Invalid parameter: Policy statement action out of service scope!", "TopicArn", "T", "AttributeName", "Policy", "AttributeValue",
        """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"sqs:SendMessage","Resource":"*"}]}""")]
    [InlineData("Subscribe", "Invalid parameter: Amazon SNS does not support this protocol string: pigeon", "TopicArn", "T", "Protocol", "pigeon", "Endpoint", "x")]
    [InlineData("Subscribe", "Invalid parameter: SQS endpoint ARN", "TopicArn", "T", "Protocol", "sqs", "Endpoint", "http://localhost/queue")]
    [InlineData("Subscribe", "Invalid parameter: Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics", "TopicArn", "T", "Protocol", "sqs", "Endpoint", TopicsServer.FifoQueue)]
    [InlineData("Subscribe", "Invalid SMS endpoint: nope", "TopicArn", "T", "Protocol", "sms", "Endpoint", "nope")]
    [InlineData("Subscribe", "Invalid parameter: Endpoint must match the specified protocol", "TopicArn", "T", "Protocol", "https", "Endpoint", "http://x/")]
    [InlineData("Subscribe", "Invalid parameter: Attributes Reason: RawMessageDelivery: Invalid value [wrongvalue]. Must be true or false.", "TopicArn", "T", "Protocol", "sqs",
        "Endpoint", TopicsServer.Queue, "Attributes.entry.1.key", "RawMessageDelivery", "Attributes.entry.1.value", "wrongvalue")]
    [InlineData("Subscribe", "Invalid parameter: Attributes Reason: Delivery protocol [lambda] does not support raw message delivery.", "TopicArn", "T", "Protocol", "lambda",
        "Endpoint", TopicsServer.Function, "Attributes.entry.1.key", "RawMessageDelivery", "Attributes.entry.1.value", "true")]
    [InlineData("Subscribe", "Invalid parameter: Attributes Reason: FilterPolicy: Filter policy can not have more than 5 keys", "TopicArn", "T", "Protocol", "sqs",
        "Endpoint", TopicsServer.Queue, "Attributes.entry.1.key", "FilterPolicy", "Attributes.entry.1.value", """{"a":[1],"b":[1],"c":[1],"d":[1],"e":[1],"f":[1]}""")]
    [InlineData("GetSubscriptionAttributes", "Invalid parameter: SubscriptionArn Reason: An ARN must have at least 6 elements, not 5", "SubscriptionArn", "arn:aws:sns:us-east-1:0")]
    [InlineData("GetSubscriptionAttributes", "Invalid parameter: SubscriptionId", "SubscriptionArn", "arn:aws:sns:us-east-1:000000000000:t:nope")]
    [InlineData("Unsubscribe", "Invalid parameter: SubscriptionArn Reason: no value for required parameter", "SubscriptionArn", "")]
    [InlineData("ListSubscriptions", "Invalid parameter: NextToken", "NextToken", "nope")]
    [InlineData("ConfirmSubscription", "Invalid token", "TopicArn", "T", "Token", "randomtoken")]
    [InlineData("ConfirmSubscription", "Invalid parameter: Token", "TopicArn", "T", "Token", "51b2ff3e")]
    [InlineData("ConfirmSubscription", "Invalid parameter: Topic", "TopicArn", "nope", "Token", "51b2ff3e")]
    [InlineData("Publish", "Invalid parameter: Empty message", "TopicArn", "T", "Message", "")]
    [InlineData("Publish", "Invalid parameter: Subject", "TopicArn", "T", "Message", "m", "Subject", "")]
    [InlineData("Publish", "Invalid parameter: Subject", "TopicArn", "T", "Message", "m", "Subject", "two\nlines")]
    [InlineData("Publish", "Invalid parameter: Message Structure - No default entry in JSON message body", "TopicArn", "T", "Message", "{}", "MessageStructure", "json")]
    [InlineData("Publish", "Invalid parameter: Message Structure - No default entry in JSON message body", "TopicArn", "T", "Message", """{"default":{"a":1}}""", "MessageStructure", "json")]
    [InlineData("Publish", "Invalid parameter: Message Structure - JSON message body failed to parse", "TopicArn", "T", "Message", "{", "MessageStructure", "json")]
    [InlineData("Publish", "Invalid parameter: TopicArn or TargetArn Reason: no value for required parameter", "Message", "m")]
    [InlineData("Publish", "Invalid parameter: TargetArn Reason: No endpoint found for the target arn specified", "TargetArn", "arn:aws:sns:us-east-1:000000000000:endpoint/APNS/abc/def", "Message", "m")]
    [InlineData("Publish", "Invalid parameter: MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for this topic type",
        "TopicArn", "T", "Message", "m", "MessageDeduplicationId", "d")]
    [InlineData("Publish", "The message attribute 'a' must contain non-empty message attribute value for message attribute type 'String'.", "TopicArn", "T", "Message", "m",
        "MessageAttributes.entry.1.Name", "a", "MessageAttributes.entry.1.Value.DataType", "String", "MessageAttributes.entry.1.Value.StringValue", "")]
    [InlineData("Publish", "The message attribute 'a' with type 'Binary' must use field 'Binary'.", "TopicArn", "T", "Message", "m",
        "MessageAttributes.entry.1.Name", "a", "MessageAttributes.entry.1.Value.DataType", "Binary", "MessageAttributes.entry.1.Value.StringValue", "x")]
    [InlineData("Publish", "The message attribute 'a' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.", "TopicArn", "T", "Message", "m",
        "MessageAttributes.entry.1.Name", "a", "MessageAttributes.entry.1.Value.DataType", "Stringy", "MessageAttributes.entry.1.Value.StringValue", "x")]
    [InlineData("Publish", "Invalid non-alphanumeric character '#x5E' was found in the message attribute name. Can only include alphanumeric characters, hyphens, underscores, or dots.",
        "TopicArn", "T", "Message", "m", "MessageAttributes.entry.1.Name", "a^", "MessageAttributes.entry.1.Value.DataType", "String", "MessageAttributes.entry.1.Value.StringValue", "x")]
    [InlineData("Publish", "1 validation error detected: Value null at 'messageAttributes.a.member.dataType' failed to satisfy constraint: Member must not be null",
        "TopicArn", "T", "Message", "m", "MessageAttributes.entry.1.Name", "a", "MessageAttributes.entry.1.Value.StringValue", "x")]
    [InlineData("PublishBatch", "The batch request doesn't contain any entries.", "TopicArn", "T")]
    [InlineData("PublishBatch", "Two or more batch entries in the request have the same Id.", "TopicArn", "T", "PublishBatchRequestEntries.member.1.Id", "1",
        "PublishBatchRequestEntries.member.1.Message", "m", "PublishBatchRequestEntries.member.2.Id", "1", "PublishBatchRequestEntries.member.2.Message", "m")]
    [InlineData("AddPermission", "Invalid parameter: Policy statement action out of service scope!", "TopicArn", "T", "Label", "l", "AWSAccountId.member.1", "111111111111", "ActionName.member.1", "Fly")]
    [InlineData("TagResource", "Resource does not exist", "ResourceArn", "arn:aws:sns:us-east-1:000000000000:none", "Tags.member.1.Key", "k", "Tags.member.1.Value", "v")]
    public async Task Bad_input_gets_AWSs_words(string action, string words, params string[] members)
    {
        await using var server = await TopicsServer.StartAsync();
        var topic = await server.Sns.TopicAsync("bad-input");
        var form = members.Chunk(2).Select(pair => (pair[0], (string?)(pair[1] == "T" && pair[0] == "TopicArn" ? topic : pair[1]))).ToArray();
        var answer = await server.Sns.CallAsync(action, form);
        Assert.Equal(words, answer.Message);
        Assert.InRange(answer.Status, 400, 404);
    }

    [Fact]
    public async Task Messages_are_too_long_with_their_attributes()
    {
        await using var server = await TopicsServer.StartAsync();
        var topic = await server.Sns.TopicAsync("long");
        (await server.Sns.PublishAsync(topic, new string('a', 256 * 1024))).Ok();
        var attribute = new (string, string?)[]
        {
            ("MessageAttributes.entry.1.Name", "a"), ("MessageAttributes.entry.1.Value.DataType", "String"), ("MessageAttributes.entry.1.Value.StringValue", "x"),
        };
        Assert.Equal("Invalid parameter: Message too long", (await server.Sns.PublishAsync(topic, new string('a', 256 * 1024), attribute)).Message);
        var batch = await server.Sns.CallAsync("PublishBatch", ("TopicArn", topic),
            ("PublishBatchRequestEntries.member.1.Id", "1"), ("PublishBatchRequestEntries.member.1.Message", new string('a', 200 * 1024)),
            ("PublishBatchRequestEntries.member.2.Id", "2"), ("PublishBatchRequestEntries.member.2.Message", new string('a', 200 * 1024)));
        Assert.Equal("BatchRequestTooLong", batch.Code);
    }

    [Fact]
    public async Task Subscribing_is_repeatable_while_nothing_differs()
    {
        await using var server = await TopicsServer.StartAsync();
        var topic = await server.Sns.TopicAsync("again");
        var first = (await server.Sns.SubscribeAsync(topic, "sqs", TopicsServer.Queue, ("RawMessageDelivery", "true")))["SubscriptionArn"];
        Assert.Equal(first, (await server.Sns.SubscribeAsync(topic, "sqs", TopicsServer.Queue, ("RawMessageDelivery", "true")))["SubscriptionArn"]);
        Assert.Equal(first, (await server.Sns.SubscribeAsync(topic, "sqs", TopicsServer.Queue))["SubscriptionArn"]);
        Assert.Equal("Invalid parameter: Attributes Reason: Subscription already exists with different attributes",
            (await server.Sns.SubscribeAsync(topic, "sqs", TopicsServer.Queue, ("RawMessageDelivery", "false"))).Message);
        var attributes = (await server.Sns.CallAsync("GetSubscriptionAttributes", ("SubscriptionArn", first))).Ok().Attributes;
        Assert.Equal(
            ["ConfirmationWasAuthenticated", "Endpoint", "Owner", "PendingConfirmation", "Protocol", "RawMessageDelivery", "SubscriptionArn", "SubscriptionPrincipal", "TopicArn"],
            attributes.Keys.Order());
        Assert.Equal(("true", "false", "true"), (attributes["ConfirmationWasAuthenticated"], attributes["PendingConfirmation"], attributes["RawMessageDelivery"]));
        (await server.Sns.CallAsync("Unsubscribe", ("SubscriptionArn", first))).Ok();
        (await server.Sns.CallAsync("Unsubscribe", ("SubscriptionArn", first))).Ok();
        Assert.Equal("Subscription does not exist", (await server.Sns.CallAsync("GetSubscriptionAttributes", ("SubscriptionArn", first))).Message);
    }

    [Fact]
    public async Task Lists_come_in_pages_of_a_hundred()
    {
        await using var server = await TopicsServer.StartAsync();
        var topic = await server.Sns.TopicAsync("pages");
        for (var index = 0; index < 101; index++)
            Assert.Equal("pending confirmation", (await server.Sns.CallAsync("Subscribe", ("TopicArn", topic), ("Protocol", "email"), ("Endpoint", $"u{index}@example.com"))).Ok()["SubscriptionArn"]);
        var first = await server.Sns.CallAsync("ListSubscriptionsByTopic", ("TopicArn", topic));
        Assert.Equal(100, first.All("Endpoint").Count);
        Assert.Equal("PendingConfirmation", first["SubscriptionArn"]);
        var second = await server.Sns.CallAsync("ListSubscriptionsByTopic", ("TopicArn", topic), ("NextToken", first["NextToken"]));
        Assert.Single(second.All("Endpoint"));
        Assert.Empty(second["NextToken"]);
        Assert.Empty(first.All("Endpoint").Intersect(second.All("Endpoint")));
        Assert.Equal("101", (await server.Sns.CallAsync("GetTopicAttributes", ("TopicArn", topic))).Attributes["SubscriptionsPending"]);
    }

    [Fact]
    public async Task Permissions_are_statements_of_the_policy()
    {
        await using var server = await TopicsServer.StartAsync();
        var topic = await server.Sns.TopicAsync("open");
        (string, string?)[] permission =
        [
            ("TopicArn", topic), ("Label", "theirs"), ("AWSAccountId.member.1", "111111111111"), ("ActionName.member.1", "Publish"), ("ActionName.member.2", "Subscribe"),
        ];
        (await server.Sns.CallAsync("AddPermission", permission)).Ok();
        Assert.Equal("Invalid parameter: Statement already exists", (await server.Sns.CallAsync("AddPermission", permission)).Message);
        using var policy = JsonDocument.Parse((await server.Sns.CallAsync("GetTopicAttributes", ("TopicArn", topic))).Attributes["Policy"]);
        Assert.Equal(
            $$"""{"Sid":"theirs","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":["SNS:Publish","SNS:Subscribe"],"Resource":"{{topic}}"}""",
            policy.RootElement.GetProperty("Statement")[1].GetRawText());
        (await server.Sns.CallAsync("RemovePermission", ("TopicArn", topic), ("Label", "theirs"))).Ok();
        Assert.DoesNotContain("theirs", (await server.Sns.CallAsync("GetTopicAttributes", ("TopicArn", topic))).Attributes["Policy"]);
    }

    [Fact]
    public async Task Delivery_policies_are_shown_as_AWS_shows_them()
    {
        await using var server = await TopicsServer.StartAsync();
        var topic = await server.Sns.TopicAsync("policies");
        await server.Sns.CallAsync("SetTopicAttributes", ("TopicArn", topic), ("AttributeName", "DeliveryPolicy"),
            ("AttributeValue", """{"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":5,"maxDelayTarget":6,"numRetries":1}}}"""));
        var attributes = (await server.Sns.CallAsync("GetTopicAttributes", ("TopicArn", topic))).Attributes;
        Assert.Equal("""{"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":5,"maxDelayTarget":6,"numRetries":1},"disableSubscriptionOverrides":false}}""", attributes["DeliveryPolicy"]);
        Assert.Contains("\"minDelayTarget\":5,\"maxDelayTarget\":6,\"numRetries\":1,\"numMaxDelayRetries\":0", attributes["EffectiveDeliveryPolicy"]);
        var subscription = (await server.Sns.SubscribeAsync(topic, "http", "http://127.0.0.1:9/", ("DeliveryPolicy", """{"requestPolicy":{"headerContentType":"text/csv"}}""")))["SubscriptionArn"];
        var shown = (await server.Sns.CallAsync("GetSubscriptionAttributes", ("SubscriptionArn", subscription))).Attributes;
        Assert.Equal("""{"healthyRetryPolicy":null,"sicklyRetryPolicy":null,"throttlePolicy":null,"requestPolicy":{"headerContentType":"text/csv"},"guaranteed":false}""", shown["DeliveryPolicy"]);
        Assert.StartsWith("""{"healthyRetryPolicy":{"minDelayTarget":5,"maxDelayTarget":6,"numRetries":1""", shown["EffectiveDeliveryPolicy"]);
        var bad = await server.Sns.CallAsync("SetSubscriptionAttributes", ("SubscriptionArn", subscription), ("AttributeName", "DeliveryPolicy"),
            ("AttributeValue", """{"healthyRetryPolicy":{"numRetries":101}}"""));
        Assert.Equal("InvalidParameter", bad.Code);
    }

    [Fact]
    public async Task Who_may_not_is_told_so_in_SNSs_own_code()
    {
        await using var server = await TopicsServer.StartAsync(mode: IamMode.Enforce);
        var topic = await server.Sns.TopicAsync("closed");
        var iam = server.Server.Client;
        await IamAsync("CreateUser", "UserName=u");
        var key = await IamAsync("CreateAccessKey", "UserName=u");
        var user = new SnsClient(new SignedClient(server.Server.Endpoint, Between(key, "AccessKeyId"), Between(key, "SecretAccessKey")));
        var refused = await user.PublishAsync(topic, "m");
        Assert.Equal((403, "AuthorizationError"), (refused.Status, refused.Code));
        Assert.Equal(
            $"User: arn:aws:iam::000000000000:user/u is not authorized to perform: SNS:Publish on resource: {topic} because no identity-based policy allows the SNS:Publish action",
            refused.Message);
        await server.Sns.CallAsync("SetTopicAttributes", ("TopicArn", topic), ("AttributeName", "Policy"), ("AttributeValue",
            """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000000:user/u"},"Action":["sns:Publish","sns:Subscribe"],"Resource":"*","Condition":{"StringEqualsIfExists":{"sns:Protocol":"sqs"}}}]}"""));
        (await user.PublishAsync(topic, "m")).Ok();
        (await user.SubscribeAsync(topic, "sqs", TopicsServer.Queue)).Ok();
        Assert.Equal("AuthorizationError", (await user.SubscribeAsync(topic, "lambda", TopicsServer.Function)).Code);

        async Task<string> IamAsync(string action, string members)
        {
            var response = await iam.SendAsync("iam", HttpMethod.Post, "/", System.Text.Encoding.UTF8.GetBytes($"Action={action}&Version=2010-05-08&{members}"),
                ("Content-Type", "application/x-www-form-urlencoded"));
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            return await response.Content.ReadAsStringAsync();
        }

        static string Between(string xml, string name) => xml.Split($"<{name}>")[1].Split('<')[0];
    }

    [Fact]
    public async Task A_reset_leaves_nothing_and_a_restart_everything()
    {
        var folder = Path.Combine(Path.GetTempPath(), $"pilotlight-test-{Guid.NewGuid():n}");
        try
        {
            string topic, subscription;
            await using (var server = await TopicsServer.StartAsync(dataFolder: folder))
            {
                topic = await server.Sns.TopicAsync("kept", ("DisplayName", "Kept"));
                subscription = (await server.Sns.SubscribeAsync(topic, "sqs", TopicsServer.Queue, ("FilterPolicy", """{"a":["x"]}""")))["SubscriptionArn"];
                (await server.Sns.CallAsync("TagResource", ("ResourceArn", topic), ("Tags.member.1.Key", "k"), ("Tags.member.1.Value", "v"))).Ok();
            }

            await using (var server = await TopicsServer.StartAsync(dataFolder: folder))
            {
                Assert.Equal("Kept", (await server.Sns.CallAsync("GetTopicAttributes", ("TopicArn", topic))).Attributes["DisplayName"]);
                Assert.Equal("""{"a":["x"]}""", (await server.Sns.CallAsync("GetSubscriptionAttributes", ("SubscriptionArn", subscription))).Attributes["FilterPolicy"]);
                Assert.Equal("v", (await server.Sns.CallAsync("ListTagsForResource", ("ResourceArn", topic)))["Value"]);
                var reset = await new HttpClient().PostAsync(new Uri(server.Server.Endpoint, "/_pilotlight/reset"), null, TestContext.Current.CancellationToken);
                Assert.Equal(HttpStatusCode.NoContent, reset.StatusCode);
                Assert.Empty((await server.Sns.CallAsync("ListTopics")).All("TopicArn"));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
