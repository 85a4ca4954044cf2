using System.Globalization;
using System.Text;
using System.Text.Json;
using Pilotlight.Api;
using Pilotlight.Tests.Functions;

namespace Pilotlight.Tests.Api;

/// <summary>Inputs that are nearly right, and some that are not right at all, made from the model of an operation. The same seed makes the same ones.</summary>
sealed class FuzzInput(Random random)
{
    const string Account = "000000000000";
    const string Lambda = $"arn:aws:lambda:us-east-1:{Account}";

    /// <summary>What the tests create, names of it in every form, and what trips parsers.</summary>
    static readonly string[] s_words =
    [
        "fuzz", "fuzz", "fuzz", "fuzz:live", "fuzz:1", "fuzz:$LATEST", "function:fuzz", $"{Account}:function:fuzz", $"{Lambda}:function:fuzz",
        $"{Lambda}:function:fuzz:live", "nobody", $"arn:aws:lambda:eu-west-1:{Account}:function:fuzz", "arn:aws:lambda:us-east-1:111111111111:function:fuzz",
        "live", "live", "1", "1", "2", "$LATEST", "$LATEST.PUBLISHED", "0", "-1", "99999999999999999999", "1e5", "true", "null", "", " ", "a", ".", "..", "%",
        "%2F", "%00", "\0", "é", "\u2028", "💥", "'\"<>&", "a/b", "a:b:c:d:e:f:g:h", "::::::", "arn:", "arn:aws:lambda:::", "${jndi}", "*", "/", "\\", "\r\n",
        $"arn:aws:iam::{Account}:role/worker", $"arn:aws:iam::{Account}:root", "arn:aws:iam::111111111111:role/other", "lambda.amazonaws.com", Account,
        $"{Lambda}:layer:fuzz-layer", $"{Lambda}:layer:fuzz-layer:1", "fuzz-layer", "arn:aws:lambda:::awslayer:x", $"{Lambda}:code-signing-config:csc-0123456789abcdefg",
        $"{Lambda}:event-source-mapping:6d0ba9b8-3f0a-4f4e-9d64-0123456789ab", "6d0ba9b8-3f0a-4f4e-9d64-0123456789ab", $"{Lambda}:capacity-provider:fuzz",
        $"arn:aws:sqs:us-east-1:{Account}:queue", $"arn:aws:sqs:us-east-1:{Account}:queue.fifo", $"arn:aws:sns:us-east-1:{Account}:topic",
        $"arn:aws:sns:us-east-1:{Account}:topic:6d0ba9b8-3f0a-4f4e-9d64-0123456789ab", "topic", "topic.fifo", "FilterPolicy", "RedrivePolicy", "DeliveryPolicy", "Policy",
        "lambda", "sqs", "http", "http://127.0.0.1:9/", "json", "String", "String.Array", "Number", "Binary", "{\"http\":[]}", "{\"deadLetterTargetArn\":1}",
        $"arn:aws:kinesis:us-east-1:{Account}:stream/s", $"arn:aws:dynamodb:us-east-1:{Account}:table/t/stream/2026-01-01T00:00:00.000",
        $"arn:aws:kms:us-east-1:{Account}:key/1", $"arn:aws:events:us-east-1:{Account}:event-bus/default", "arn:aws:s3:::bucket", "bucket", "key",
        "subnet-1", "sg-1", "/mnt/d", "python3.13", "app.handler", "lambda:InvokeFunction", "lambda:GetLayerVersion", "o-0123456789", "statement-1",
        "lambda:*", "{\"a\":[{\"prefix\":\"x\"}]}", "{}", "[", "2026-01-01T00:00:00Z", "host:9092", "bm90IGEgbWFya2Vy", "Zm9vOmJhcg", "//79",
        "arn:aws:elasticfilesystem:us-east-1:000000000000:access-point/fsap-0123456789abcdef0", "arn:aws:signer:us-east-1:000000000000:/signing-profiles/p/abcdefghij",
    ];

    static readonly string s_zip = Convert.ToBase64String(Zips.Of(("app.py", "def handler(event, context):\n    return event\n")));

    bool Sometimes(double share) => random.NextDouble() < share;

    T Pick<T>(IReadOnlyList<T> items) => items[random.Next(items.Count)];

    public string Word()
    {
        if (Sometimes(0.06))
            return new string(Pick("aA1-_.:$% é".ToCharArray()), Pick([64, 65, 128, 129, 140, 141, 170, 256, 257, 1024, 5000]));
        if (Sometimes(0.06))
            return string.Concat(Enumerable.Range(0, random.Next(1, 20)).Select(_ => (char)random.Next(1, 0x300)));
        return Sometimes(0.1) ? Pick(s_words) + Pick(s_words) : Pick(s_words);
    }

    /// <summary>A segment of the path, escaped; never empty, or it would be another route.</summary>
    public string Segment()
    {
        var word = Word();
        return Uri.EscapeDataString(word.Length == 0 || word.Trim('.').Length == 0 ? "fuzz" : word);
    }

    /// <summary>A query parameter or header.</summary>
    public string Text(Shape shape) => shape switch
    {
        StringShape { Enum: { } values } when Sometimes(0.8) => Pick(values),
        NumberShape number when Sometimes(0.8) => Number(number),
        BooleanShape when Sometimes(0.8) => Pick(["true", "false"]),
        _ => Word(),
    };

    public byte[] Body(OperationModel? model)
    {
        if (Sometimes(0.03))
            return Encoding.UTF8.GetBytes(Pick(["", "null", "[]", "7", "\"x\"", "{", "{}", "{\"a\":}", new string('[', 500), "{\"\\ud800\":1}", "{\"a\":1,\"a\":2}"]));
        var text = new StringBuilder();
        Object(text, model?.Members.Where(member => member.Location == MemberLocation.Body).ToList() ?? []);
        var bytes = Encoding.UTF8.GetBytes(text.ToString());
        if (Sometimes(0.1))
            Spoil(ref bytes);
        return bytes;
    }

    void Spoil(ref byte[] bytes)
    {
        if (bytes.Length == 0)
            return;
        var at = random.Next(bytes.Length);
        switch (random.Next(4))
        {
            case 0:
                bytes = bytes[..at];
                break;
            case 1:
                bytes[at] = (byte)random.Next(256);
                break;
            case 2:
                bytes = [.. bytes[..at], .. bytes[random.Next(bytes.Length)..]];
                break;
            default:
                bytes = [.. bytes[..at], (byte)random.Next(256), .. bytes[at..]];
                break;
        }
    }

    void Value(StringBuilder text, Shape shape, int depth)
    {
        if (Sometimes(0.04))
        {
            text.Append(Pick(["null", "true", "3", "-1.5", "\"text\"", "[]", "{}", "[null]", "{\"a\":{\"b\":[1]}}", "1e400", "12345678901234567890", "\"\\ud800\"", "{\"\\udc00\":[\"\\ud800x\"]}"]));
            return;
        }

        switch (shape)
        {
            case StringShape { Enum: { } values } when Sometimes(0.85):
                text.Append(JsonSerializer.Serialize(Pick(values)));
                break;
            case StringShape:
                text.Append(JsonSerializer.Serialize(Word()));
                break;
            case NumberShape number:
                text.Append(Number(number));
                break;
            case BooleanShape:
                text.Append(Pick(["true", "false"]));
                break;
            case BlobShape:
                text.Append(JsonSerializer.Serialize(Sometimes(0.7) ? s_zip : Convert.ToBase64String(Encoding.UTF8.GetBytes(Word()))));
                break;
            case TimestampShape:
                text.Append(Pick(["0", "1767225600", "1767225600.5", "-1", "1e18", "\"2026-01-01T00:00:00Z\"", "\"yesterday\""]));
                break;
            case ListShape list:
                Join(text, '[', ']', Pick([0, 1, 1, 1, 2, 6]), () => Value(text, list.Element, depth + 1));
                break;
            case MapShape map:
                Join(text, '{', '}', Pick([0, 1, 1, 2, 51]), () =>
                {
                    text.Append(JsonSerializer.Serialize(Word())).Append(':');
                    Value(text, map.Value, depth + 1);
                });
                break;
            case StructureShape structure:
                Object(text, structure.Members);
                break;
            default:
                text.Append("{}");
                break;
        }
    }

    void Object(StringBuilder text, IReadOnlyList<ModelMember> members)
    {
        var given = members.Where(member => Sometimes(member.Required ? 0.95 : 0.3)).ToList();
        var next = 0;
        Join(text, '{', '}', given.Count, () =>
        {
            var member = given[next++];
            text.Append(JsonSerializer.Serialize(member.Name)).Append(':');
            Value(text, member.Shape, 0);
        });
    }

    static void Join(StringBuilder text, char open, char close, int count, Action one)
    {
        text.Append(open);
        for (var i = 0; i < count; i++)
        {
            if (i > 0)
                text.Append(',');
            one();
        }

        text.Append(close);
    }

    string Number(NumberShape shape)
    {
        if (Sometimes(0.1))
            return Pick(["0", "-1", "2147483647", "2147483648", "-9223372036854775808", "1e308", "0.1", "-0.0"]);
        var least = shape.Min ?? -5;
        var most = Math.Min(shape.Max ?? 1000, least + 1_000_000);
        var value = Pick([least, most, least - 1, most + 1, least + (random.NextDouble() * (most - least)), least, least + 1]);
        return (shape.Kind == NumberKind.Double ? value : Math.Round(value)).ToString(CultureInfo.InvariantCulture);
    }
}
