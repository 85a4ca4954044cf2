using Pilotlight.Api;

namespace Pilotlight.Queues;

/// <summary>AWS's words for what a queue refuses, with the code of the json protocol and that of the query protocol.</summary>
static class SqsErrors
{
    const string Legacy = "AWS.SimpleQueueService.";

    /// <summary>The query protocol says it in other words (<see cref="SqsCall"/>).</summary>
    public static AwsError NoSuchQueue { get; } = Of(400, "QueueDoesNotExist", "The specified queue does not exist.", Legacy + "NonExistentQueue");

    public static AwsError InvalidAddress(string address) =>
        Of(404, "InvalidAddress", $"The address {address} is not valid for this endpoint.", "InvalidAddress");

    public static AwsError InvalidParameter(string message) => Of(400, "InvalidParameterValueException", message, "InvalidParameterValue");

    public static AwsError InvalidParameter(object? value, string parameter, string reason) =>
        InvalidParameter($"Value {value} for parameter {parameter} is invalid. Reason: {reason}");

    public static AwsError Missing(string parameter) =>
        Of(400, "MissingRequiredParameterException", $"The request must contain the parameter {parameter}.", "MissingParameter");

    public static AwsError UnknownAttribute(string name) => InvalidAttributeName($"Unknown Attribute {name}.");

    public static AwsError InvalidAttributeName(string message) => Of(400, "InvalidAttributeName", message, "InvalidAttributeName");

    public static AwsError InvalidAttributeValue(string name) => InvalidAttributeValueText($"Invalid value for the parameter {name}.");

    public static AwsError InvalidAttributeValueText(string message) => Of(400, "InvalidAttributeValue", message, "InvalidAttributeValue");

    public static AwsError QueueExists(string attribute) => Of(
        400, "QueueNameExists", $"A queue already exists with the same name and a different value for attribute {attribute}", "QueueAlreadyExists");

    public static AwsError InvalidHandle(string handle) => Of(
        404, "ReceiptHandleIsInvalid", $"The input receipt handle \"{Short(handle)}\" is not a valid receipt handle.", "ReceiptHandleIsInvalid");

    public static AwsError ExpiredHandle(string handle) => InvalidParameter(Short(handle), "ReceiptHandle", "The receipt handle has expired.");

    public static AwsError NotChangeable(string handle) =>
        InvalidParameter(Short(handle), "ReceiptHandle", "Message does not exist or is not available for visibility timeout change.");

    public static AwsError InvalidContents { get; } = Of(
        400, "InvalidMessageContents",
        "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF",
        "InvalidMessageContents");

    public static AwsError TooLong(int limit) => InvalidParameter($"One or more parameters are invalid. Reason: Message must be shorter than {limit} bytes.");

    public static AwsError OverLimit(string message) => Of(403, "OverLimit", message, "OverLimit");

    public static AwsError PurgeInProgress(string queue) => Of(
        403, "PurgeQueueInProgress", $"Only one PurgeQueue operation on {queue} is allowed every 60 seconds.", Legacy + "PurgeQueueInProgress");

    public static AwsError EmptyBatch(string entry) =>
        Of(400, "EmptyBatchRequest", $"There should be at least one {entry} in the request.", Legacy + "EmptyBatchRequest");

    public static AwsError TooManyEntries(int count) => Of(
        400, "TooManyEntriesInBatchRequest", $"Maximum number of entries per request are 10. You have sent {count}.", Legacy + "TooManyEntriesInBatchRequest");

    public static AwsError IdsNotDistinct(string id) => Of(400, "BatchEntryIdsNotDistinct", $"Id {id} repeated.", Legacy + "BatchEntryIdsNotDistinct");

    public static AwsError InvalidEntryId { get; } = Of(
        400, "InvalidBatchEntryId",
        "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.",
        Legacy + "InvalidBatchEntryId");

    public static AwsError BatchTooLong(int limit, int bytes) => Of(
        400, "BatchRequestTooLong", $"Batch requests cannot be longer than {limit} bytes. You have sent {bytes} bytes.", Legacy + "BatchRequestTooLong");

    public static AwsError NotFound(string message) => Of(404, "ResourceNotFoundException", message, "ResourceNotFoundException");

    public static AwsError Unsupported(string message) => Of(400, "UnsupportedOperation", message, Legacy + "UnsupportedOperation");

    static AwsError Of(int status, string code, string message, string queryCode) => new(status, code, message) { QueryCode = queryCode };

    static string Short(string handle) => handle.Length <= 1024 ? handle : handle[..1024];
}
