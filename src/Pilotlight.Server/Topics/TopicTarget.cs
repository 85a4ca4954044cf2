using System.Text;
using Pilotlight.Api;
using Pilotlight.Targets;

namespace Pilotlight.Topics;

/// <summary>Topics as others deliver to them: what arrives is published.</summary>
sealed class TopicTarget(TopicCatalog catalog, Publisher publisher) : ITarget
{
    public string Service => "sns";

    public string Action => "sns:Publish";

    public bool Exists(string arn) => catalog.Find(arn) is not null;

    public async ValueTask<DeliveryResult> DeliverAsync(Delivery delivery, CancellationToken cancellation)
    {
        if (catalog.Find(delivery.TargetArn) is not { } state)
            return Rejected(TopicErrors.NoTopic);
        PublishInput input;
        try
        {
            var attributes = delivery.Attributes.ToDictionary(static one => one.Key, static one => new MessageAttribute(one.Value.DataType, one.Value.Value));
            input = PublishInput.Check(Encoding.UTF8.GetString(delivery.Payload.Span), delivery.Subject, null, attributes) with
            {
                GroupId = delivery.MessageGroupId,
                DeduplicationId = state.Topic.IsFifo ? delivery.MessageDeduplicationId : null,
                TraceHeader = delivery.TraceHeader,
            };
            if (input.Bytes > PublishInput.MaxBytes)
                return Rejected(TopicErrors.TooLong);
            input.CheckFor(state.Topic);
        }
        catch (AwsException refused)
        {
            return Rejected(refused.Error);
        }

        await publisher.PublishAsync(state, input);
        return DeliveryResult.Delivered;
    }

    static DeliveryResult Rejected(AwsError error) => new(DeliveryEnd.Rejected, error.Code, error.Message);
}
