using System.Text;
using System.Text.RegularExpressions;
using Pilotlight.Api;

namespace Pilotlight.Queues;

/// <summary>Reads and checks a message to send: the input of SendMessage, or an entry of a batch.</summary>
static partial class MessageInput
{
    const int MaxAttributes = 10;

    /// <param name="bytes">Of body and attributes.</param>
    /// <exception cref="AwsException">What refuses the message.</exception>
    public static NewMessage Read(SqsInput input, Queue queue, Caller caller, out int bytes)
    {
        if (input.Text("MessageBody") is not { Length: > 0 } body)
            throw SqsErrors.Missing("MessageBody").AsException();
        var attributes = Attributes(input);
        bytes = Encoding.UTF8.GetByteCount(body) + attributes.Sum(static attribute => attribute.Size);
        if (!IsText(body) || attributes.Any(static attribute => attribute.Text is { } text && !IsText(text)))
            throw SqsErrors.InvalidContents.AsException();
        var delay = input.Integer("DelaySeconds");
        if (delay is < 0 or > 900)
            throw SqsErrors.InvalidParameter(delay, "DelaySeconds", "DelaySeconds must be >= 0 and <= 900.").AsException();
        if (delay is not null && queue.IsFifo && delay > 0)
            throw SqsErrors.InvalidParameter(delay, "DelaySeconds", "The request include parameter that is not valid for this queue type.").AsException();
        return new NewMessage(body)
        {
            Attributes = attributes,
            Delay = delay is { } seconds && !queue.IsFifo ? TimeSpan.FromSeconds(seconds) : null,
            GroupId = Group(input, queue),
            DeduplicationId = DeduplicationId(input, queue),
            TraceHeader = Trace(input),
            SenderId = caller.UserId,
        };
    }

    static string? Group(SqsInput input, Queue queue)
    {
        if (input.Text("MessageGroupId") is not { Length: > 0 } group)
            return queue.IsFifo ? throw SqsErrors.Missing("MessageGroupId").AsException() : null;
        return IsId(group) ? group : throw SqsErrors.InvalidParameter(
            group, "MessageGroupId", "MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length.").AsException();
    }

    static string? DeduplicationId(SqsInput input, Queue queue)
    {
        if (input.Text("MessageDeduplicationId") is not { Length: > 0 } id)
        {
            return !queue.IsFifo || queue.Settings.DeduplicatesByContent
                ? null
                : throw SqsErrors.InvalidParameter(
                    "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly").AsException();
        }

        if (!queue.IsFifo)
            throw SqsErrors.InvalidParameter(id, "MessageDeduplicationId", "The request include parameter that is not valid for this queue type.").AsException();
        return IsId(id) ? id : throw SqsErrors.InvalidParameter(
            id, "MessageDeduplicationId", "MessageDeduplicationId can only include alphanumeric and punctuation characters. 1 to 128 in length.").AsException();
    }

    static string? Trace(SqsInput input)
    {
        foreach (var (name, value) in input.Structures("MessageSystemAttributes", "MessageSystemAttribute"))
        {
            if (name != "AWSTraceHeader")
                throw SqsErrors.InvalidParameter($"Message system attribute name '{name}' is invalid.").AsException();
            if (value.Text("DataType") != "String" || value.Text("StringValue") is not { Length: > 0 } header)
                throw SqsErrors.InvalidParameter($"Message (system) attribute '{name}' must contain a non-empty value of type 'String'.").AsException();
            return IsText(header) ? header : throw SqsErrors.InvalidContents.AsException();
        }

        return null;
    }

    static List<MessageAttribute> Attributes(SqsInput input)
    {
        var given = input.Structures("MessageAttributes", "MessageAttribute");
        if (given.Count > MaxAttributes)
            throw SqsErrors.InvalidParameter($"Number of message attributes [{given.Count}] exceeds the allowed maximum [{MaxAttributes}].").AsException();
        var attributes = new List<MessageAttribute>(given.Count);
        foreach (var (name, value) in given)
        {
            if (!AttributeName().IsMatch(name) || name.Contains("..") || name.StartsWith("aws.", StringComparison.OrdinalIgnoreCase) || name.StartsWith("amazon.", StringComparison.OrdinalIgnoreCase))
                throw SqsErrors.InvalidParameter($"Message (user) attribute name '{name}' is invalid.").AsException();
            if (attributes.Exists(other => other.Name == name))
                throw SqsErrors.InvalidParameter($"Message (user) attribute name '{name}' already exists.").AsException();
            attributes.Add(Attribute(name, value));
        }

        return attributes;
    }

    static MessageAttribute Attribute(string name, SqsInput value)
    {
        if (value.Text("DataType") is not { Length: > 0 } type)
            throw SqsErrors.InvalidParameter($"The message attribute '{name}' must contain a non-empty message attribute type.").AsException();
        var kind = type.Split('.')[0];
        if (kind is not ("String" or "Number" or "Binary") || type.Length > 256)
            throw SqsErrors.InvalidParameter($"The type of message (user) attribute '{name}' is invalid. You must use only the following supported type prefixes: Binary, Number, String.").AsException();
        if (kind == "Binary")
        {
            return value.Bytes("BinaryValue") is { Length: > 0 } bytes
                ? new MessageAttribute(name, type, null, bytes)
                : throw Empty();
        }

        if (value.Text("StringValue") is not { Length: > 0 } text)
            throw Empty();
        if (kind == "Number" && !Number().IsMatch(text))
            throw SqsErrors.InvalidParameter($"Can't cast the value of message (user) attribute '{name}' to a number.").AsException();
        return new MessageAttribute(name, type, text, default);

        AwsException Empty() => SqsErrors.InvalidParameter($"Message (user) attribute '{name}' must contain a non-empty value of type '{kind}'.").AsException();
    }

    /// <summary>What SQS takes as text: XML's characters.</summary>
    static bool IsText(string text)
    {
        // Whole surrogate pairs only: readers of both protocols have seen to that.
        foreach (var character in text)
        {
            if (character is < ' ' and not ('\t' or '\n' or '\r') or '\uFFFE' or '\uFFFF')
                return false;
        }

        return true;
    }

    static bool IsId(string id) => id.Length <= 128 && !id.AsSpan().ContainsAnyExceptInRange('!', '~');

    [GeneratedRegex(@"\A(?!\.)[A-Za-z0-9_.-]{1,256}(?<!\.)\z")]
    private static partial Regex AttributeName();

    [GeneratedRegex(@"\A[+-]?([0-9]{1,64}(\.[0-9]{0,64})?|\.[0-9]{1,64})([eE][+-]?[0-9]{1,3})?\z")]
    private static partial Regex Number();
}
