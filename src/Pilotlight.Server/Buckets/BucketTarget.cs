using Pilotlight.Api;
using Pilotlight.Targets;

namespace Pilotlight.Buckets;

/// <summary>Takes what others deliver to a bucket: records of batches that failed, in an object each.</summary>
sealed class BucketTarget(Func<BucketServices> services) : ITarget
{
    public string Service => "s3";

    public string Action => "s3:PutObject";

    public string ResourceOf(Delivery delivery) => $"{delivery.TargetArn}/{delivery.ObjectKey}";

    public bool Exists(string arn) => Find(arn) is not null;

    public async ValueTask<DeliveryResult> DeliverAsync(Delivery delivery, CancellationToken cancellation)
    {
        if (Find(delivery.TargetArn) is not { } bucket || delivery.ObjectKey is not { Length: > 0 } key)
            return new DeliveryResult(DeliveryEnd.Rejected, "InvalidArgument", "A delivery to a bucket needs a bucket and a key.");
        var rest = delivery.Payload;
        try
        {
            var body = await services().Intake.StoreAsync(
                (buffer, _) =>
                {
                    var count = Math.Min(buffer.Length, rest.Length);
                    rest[..count].CopyTo(buffer);
                    rest = rest[count..];
                    return ValueTask.FromResult(count);
                },
                ChecksumAlgorithm.Default, cancellation);
            await PutObject.StoreAsync(
                services(), bucket, key, new ObjectHead { ContentType = "application/json" }, body, default, new ObjectEvent(ObjectEvent.Put, OriginOf(delivery)));
            return DeliveryResult.Delivered;
        }
        catch (AwsException refused)
        {
            return new DeliveryResult(DeliveryEnd.Rejected, refused.Error.Code, refused.Error.Message);
        }
    }

    static ChangeOrigin OriginOf(Delivery delivery)
    {
        var (principal, account) = delivery.Sender switch
        {
            Sender.Service(var service, _, var owner) => (service, owner),
            Sender.Role(var worn) => (worn.RoleArn, worn.RoleArn.Split(':') is { Length: > 4 } parts ? parts[4] : ""),
            _ => ("", ""),
        };
        return new ChangeOrigin(Convert.ToHexString(Guid.NewGuid().ToByteArray().AsSpan(0, 8)), "", "127.0.0.1", principal, account);
    }

    Bucket? Find(string arn) => arn.StartsWith("arn:aws:s3:::", StringComparison.Ordinal) ? services().Store.Find(arn["arn:aws:s3:::".Length..]) : null;
}
