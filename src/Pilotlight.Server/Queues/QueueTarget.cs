using System.Text;
using Pilotlight.Api;
using Pilotlight.Targets;

namespace Pilotlight.Queues;

/// <summary>Deliveries of other services into queues.</summary>
sealed class QueueTarget(QueueCatalog catalog) : ITarget
{
    public string Service => "sqs";

    public string Action => "sqs:SendMessage";

    public bool Exists(string arn) => catalog.Find(arn) is not null;

    public async ValueTask<DeliveryResult> DeliverAsync(Delivery delivery, CancellationToken cancellation)
    {
        if (catalog.Find(delivery.TargetArn) is not { } queue)
            return new DeliveryResult(DeliveryEnd.NoTarget, "AWS.SimpleQueueService.NonExistentQueue", SqsErrors.NoSuchQueue.Message);
        try
        {
            // A FIFO topic may have a standard queue, which knows no duplicates.
            var fitting = queue.IsFifo ? delivery : delivery with { MessageDeduplicationId = null };
            var message = MessageInput.Read(new DeliveryInput(fitting), queue, SenderOf(delivery), out var bytes);
            if (bytes > queue.Settings.MaximumMessageBytes)
                throw SqsErrors.TooLong(queue.Settings.MaximumMessageBytes).AsException();
            await queue.SendAsync(message);
            return DeliveryResult.Delivered;
        }
        catch (AwsException refused)
        {
            return new DeliveryResult(DeliveryEnd.Rejected, refused.Error.QueryCode ?? refused.Error.Code, refused.Error.Message);
        }
    }

    static Caller SenderOf(Delivery delivery) => Caller.Anonymous with
    {
        UserId = delivery.Sender switch
        {
            Sender.Role(var worn) => worn.RoleArn,
            Sender.Service(var principal, _, _) => principal,
            _ => "",
        },
    };

    /// <summary>A delivery in the words of SendMessage, so that it is checked as one.</summary>
    sealed class DeliveryInput(Delivery delivery) : SqsInput
    {
        public override string? Text(string name) => name switch
        {
            "MessageBody" => Encoding.UTF8.GetString(delivery.Payload.Span),
            "MessageGroupId" => delivery.MessageGroupId,
            "MessageDeduplicationId" => delivery.MessageDeduplicationId,
            _ => null,
        };

        public override int? Integer(string name) => null;

        public override IReadOnlyList<string> Texts(string name, string formName) => [];

        public override IReadOnlyList<KeyValuePair<string, string>> Map(string name, string formName, string formKey, string formValue) => [];

        public override IReadOnlyList<KeyValuePair<string, SqsInput>> Structures(string name, string formName) => name switch
        {
            "MessageAttributes" => [.. delivery.Attributes.Select(static attribute => KeyValuePair.Create<string, SqsInput>(attribute.Key, new AttributeInput(attribute.Value)))],
            "MessageSystemAttributes" when delivery.TraceHeader is { Length: > 0 } trace =>
                [KeyValuePair.Create<string, SqsInput>("AWSTraceHeader", new AttributeInput(new DeliveryAttribute("String", trace)))],
            _ => [],
        };

        public override IReadOnlyList<SqsInput> Entries(string name, string formName) => [];
    }

    sealed class AttributeInput(DeliveryAttribute attribute) : SqsInput
    {
        public override string? Text(string name) => name switch
        {
            "DataType" => attribute.DataType,
            "StringValue" or "BinaryValue" => attribute.Value,
            _ => null,
        };

        public override int? Integer(string name) => null;

        public override IReadOnlyList<string> Texts(string name, string formName) => [];

        public override IReadOnlyList<KeyValuePair<string, string>> Map(string name, string formName, string formKey, string formValue) => [];

        public override IReadOnlyList<KeyValuePair<string, SqsInput>> Structures(string name, string formName) => [];

        public override IReadOnlyList<SqsInput> Entries(string name, string formName) => [];
    }
}
