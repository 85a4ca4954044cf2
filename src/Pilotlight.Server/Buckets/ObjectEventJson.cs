using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Pilotlight.Buckets;

/// <summary>What targets are told (spec/events.md 2.1), and the detail of an event on a bus.</summary>
/// <remarks>
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html and …/ev-events.html
/// </remarks>
static class ObjectEventJson
{
    /// <summary>MD5 of nothing, which a delete marker holds.</summary>
    const string EmptyETag = "d41d8cd98f00b204e9800998ecf8427e";

    static readonly JsonWriterOptions s_relaxed = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Record(Bucket bucket, string configurationId, ObjectEvent happened, StoredObject target, DateTimeOffset now) => Write(json =>
    {
        json.WriteStartArray("Records");
        json.WriteStartObject();
        json.WriteString("eventVersion", happened.IsTagging || happened.IsLifecycle ? "2.3" : "2.1");
        json.WriteString("eventSource", "aws:s3");
        json.WriteString("awsRegion", bucket.Region);
        json.WriteString("eventTime", now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
        json.WriteString("eventName", happened.Name["s3:".Length..]);
        WriteOne(json, "userIdentity", "principalId", happened.Origin.Principal);
        WriteOne(json, "requestParameters", "sourceIPAddress", happened.Origin.SourceAddress);
        json.WriteStartObject("responseElements");
        json.WriteString("x-amz-request-id", happened.Origin.RequestId);
        json.WriteString("x-amz-id-2", happened.Origin.HostId);
        json.WriteEndObject();
        json.WriteStartObject("s3");
        json.WriteString("s3SchemaVersion", "1.0");
        json.WriteString("configurationId", configurationId);
        json.WriteStartObject("bucket");
        json.WriteString("name", bucket.Name);
        WriteOne(json, "ownerIdentity", "principalId", Owner.PrincipalId(bucket.AccountId));
        json.WriteString("arn", bucket.Arn);
        json.WriteEndObject();
        json.WriteStartObject("object");
        json.WriteString("key", Encode(target.Key));
        if (happened.IsCreation)
            json.WriteNumber("size", target.Size);
        if (!happened.IsRemoval)
            json.WriteString("eTag", target.ETag);
        else if (happened.IsMarker)
            json.WriteString("eTag", EmptyETag);
        if (target.Version != StoredObject.NullVersion)
            json.WriteString("versionId", target.Version);
        if (!happened.IsTagging)
            json.WriteString("sequencer", target.Sequencer);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndArray();
    });

    /// <summary>What a bus calls it; null for what is not sent there.</summary>
    public static string? DetailType(ObjectEvent happened) => happened switch
    {
        { IsCreation: true } => "Object Created",
        { IsRemoval: true } => "Object Deleted",
        { Name: ObjectEvent.Tagged } => "Object Tags Added",
        { Name: ObjectEvent.Untagged } => "Object Tags Deleted",
        _ => null,
    };

    public static byte[] Detail(Bucket bucket, ObjectEvent happened, StoredObject target) => Write(json =>
    {
        json.WriteString("version", "0");
        WriteOne(json, "bucket", "name", bucket.Name);
        json.WriteStartObject("object");
        json.WriteString("key", target.Key);
        if (happened.IsCreation)
            json.WriteNumber("size", target.Size);
        if (!happened.IsRemoval)
            json.WriteString("etag", target.ETag);
        else if (happened.IsMarker)
            json.WriteString("etag", EmptyETag);
        if (target.Version != StoredObject.NullVersion)
            json.WriteString("version-id", target.Version);
        if (!happened.IsTagging)
            json.WriteString("sequencer", target.Sequencer);
        json.WriteEndObject();
        json.WriteString("request-id", happened.Origin.RequestId);
        json.WriteString("requester", happened.Origin.AccountId);
        if (!happened.IsLifecycle)
            json.WriteString("source-ip-address", happened.Origin.SourceAddress);
        if (Reason(happened) is { } reason)
            json.WriteString("reason", reason);
        if (happened.IsRemoval)
            json.WriteString("deletion-type", happened.IsMarker ? "Delete Marker Created" : "Permanently Deleted");
    });

    /// <summary>What queues and topics get when they are configured.</summary>
    public static byte[] Test(Bucket bucket, ChangeOrigin origin, DateTimeOffset now) => Write(json =>
    {
        json.WriteString("Service", "Amazon S3");
        json.WriteString("Event", "s3:TestEvent");
        json.WriteString("Time", now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
        json.WriteString("Bucket", bucket.Name);
        json.WriteString("RequestId", origin.RequestId);
        json.WriteString("HostId", origin.HostId);
    });

    static string? Reason(ObjectEvent happened) => happened.Name switch
    {
        ObjectEvent.Put => "PutObject",
        ObjectEvent.Copied => "CopyObject",
        ObjectEvent.Completed => "CompleteMultipartUpload",
        ObjectEvent.Deleted or ObjectEvent.MarkerCreated => "DeleteObject",
        ObjectEvent.Expired or ObjectEvent.MarkerByLifecycle => "Lifecycle Expiration",
        _ => null,
    };

    /// <summary>As a form's value: a space is a plus sign; a slash stays.</summary>
    internal static string Encode(string key)
    {
        var encoded = new StringBuilder(key.Length);
        foreach (var value in Encoding.UTF8.GetBytes(key))
        {
            if (char.IsAsciiLetterOrDigit((char)value) || "-_.*/".Contains((char)value))
                encoded.Append((char)value);
            else if (value == ' ')
                encoded.Append('+');
            else
                encoded.Append(CultureInfo.InvariantCulture, $"%{value:X2}");
        }

        return encoded.ToString();
    }

    static void WriteOne(Utf8JsonWriter json, string name, string member, string value)
    {
        json.WriteStartObject(name);
        json.WriteString(member, value);
        json.WriteEndObject();
    }

    static byte[] Write(Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer, s_relaxed))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
