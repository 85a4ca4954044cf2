using System.Text.Json;
using System.Text.RegularExpressions;

namespace Pilotlight.Functions;

/// <summary>Who a statement means: everyone, a service, or an account, user or role.</summary>
/// <param name="Kind"><c>*</c>, <c>Service</c> or <c>AWS</c>.</param>
public sealed partial record PolicyPrincipal(string Kind, string Value)
{
    /// <summary>A principal as AddPermission takes it; null when it is none.</summary>
    public static PolicyPrincipal? TryParse(string text)
    {
        if (text == "*")
            return new PolicyPrincipal("*", "*");
        if (Account.IsMatch(text))
            return new PolicyPrincipal("AWS", $"arn:aws:iam::{text}:root");
        if (Identity.IsMatch(text))
            return new PolicyPrincipal("AWS", text);
        return Service.IsMatch(text) ? new PolicyPrincipal("Service", text) : null;
    }

    internal void Write(Utf8JsonWriter writer)
    {
        if (Kind == "*")
        {
            writer.WriteStringValue("*");
            return;
        }

        writer.WriteStartObject();
        writer.WriteString(Kind, Value);
        writer.WriteEndObject();
    }

    [GeneratedRegex(@"\A[0-9]{12}\z")]
    private static partial Regex Account { get; }

    [GeneratedRegex(@"\Aarn:aws[a-zA-Z-]*:(iam::[0-9]{12}:(root|(user|role)/[\w+=,.@/-]+)|sts::[0-9]{12}:(assumed-role|federated-user)/[\w+=,.@/-]+)\z",
        RegexOptions.ECMAScript)]
    private static partial Regex Identity { get; }

    [GeneratedRegex(@"\A[a-z0-9]([a-z0-9.-]*[a-z0-9])?\.(amazonaws\.com(\.cn)?|amazon\.com)\z")]
    private static partial Regex Service { get; }
}
