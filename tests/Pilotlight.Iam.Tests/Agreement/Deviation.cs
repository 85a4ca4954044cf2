using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Pilotlight.Iam.Tests.Agreement;

/// <summary>
/// Something that iam-simulate decides otherwise than AWS's documentation says; deviations.md tells each with its page. It explains a
/// disagreement only if both evaluators agree once the case is asked without it.
/// </summary>
sealed partial record Deviation(string Name, Func<AgreementCase, AgreementCase?> Without)
{
    public static readonly Deviation[] All =
    [
        new("root", test => test.Principal.Kind == PrincipalKind.Root ? test with { Identity = [], Principal = Principal.Anonymous, Boundary = null } : null),
        new("service-linked-role", test => test.Principal.IsServiceLinked && test.ServiceControl.Count + test.ResourceControl.Count > 0
            ? test with { ServiceControl = [], ResourceControl = [] }
            : null),
        new("session-arn-grant", test => test is { Session: not null, ResourcePolicy: not null } ? test with { Session = null } : null),
        new("incomplete-arn", test => EditResources(test, resource => resource != "*" && Colons(resource) < 5 ? resource + new string(':', 5 - Colons(resource)).Replace(":", ":*", StringComparison.Ordinal) : resource)),
        new("arn-variable-without-value", test => Edit(test, document => document.Replace("user/${aws:username}", "user/alice", StringComparison.Ordinal))),
        new("not-principal", test => Edit(test, document => document.Replace("\"NotPrincipal\"", "\"Principal\"", StringComparison.Ordinal))),
        new("role-path", test => test.Principal is { Kind: PrincipalKind.RoleSession, SessionOfArn: { } role }
            ? (Edit(test, document => RolePath().Replace(document, ":role/")) ?? test) with { Principal = test.Principal with { SessionOfArn = RolePath().Replace(role, ":role/") } }
            : null),
        new("whole-address-range", test => Edit(test, document => document.Replace("0.0.0.0/0", "203.0.113.0/24", StringComparison.Ordinal).Replace("::/0", "2001:db8::/32", StringComparison.Ordinal))),
        new("address-without-prefix", test => Edit(test, document => document.Replace("\"203.0.113.7\"", "\"203.0.113.7/32\"", StringComparison.Ordinal))),
        new("asterisk-in-request", test => test.Resource.Contains('*')
            ? (Edit(test, document => document.Replace("report*1", "report1", StringComparison.Ordinal).Replace("report${*}1", "report1", StringComparison.Ordinal)) ?? test) with
            {
                Resource = test.Resource.Replace("report*1", "report1", StringComparison.Ordinal),
            }
            : null),
        new("any-value-if-exists", test => Edit(test, document => AnyValueIfExists().Replace(document, "\"ForAnyValue:$1\""))),
        new("wildcard-in-resource-type", test => EditResources(test, resource => WildcardType().IsMatch(resource) ? "*" : resource)),
        new("variable-in-resource-type", test => EditResources(test, resource => VariableType().IsMatch(resource) ? "*" : resource)),
        new("asterisk-over-colons", test => EditResources(test, resource => AsteriskBeforeColon().IsMatch(resource) ? "*" : resource)),
        new("resource-case", test => EditResources(test, resource => resource.Replace("US-EAST-1", "us-east-1", StringComparison.Ordinal).Replace("EU-WEST-1", "eu-west-1", StringComparison.Ordinal))),
        new("action-prefix-case", test => Edit(test, document => UpperAction().Replace(document, match => match.Value.ToLowerInvariant()))),
        new("literal-variables", test => Edit(test, document => LiteralVariable().Replace(document, "x"))),
        new("empty-value", test => test.Keys.Values.Concat(test.Principal.Tags.Values).Contains("")
            ? test with
            {
                Keys = test.Keys.ToDictionary(key => key.Key, key => key.Value.Length == 0 ? "x" : key.Value),
                Principal = test.Principal with { Tags = Principal.TagTable(test.Principal.Tags.Select(tag => KeyValuePair.Create(tag.Key, tag.Value.Length == 0 ? "x" : tag.Value))) },
            }
            : null),
        new("variables-of-2008", test => Edit(test, document => document.Replace("2008-10-17", "2012-10-17", StringComparison.Ordinal).Replace("{\"Statement\"", "{\"Version\":\"2012-10-17\",\"Statement\"", StringComparison.Ordinal))),
        new("epoch-dates", test =>
        {
            const string epoch = "1719748800", iso = "2024-06-30T12:00:00Z";
            var edited = Edit(test, document => document.Replace(epoch, iso, StringComparison.Ordinal)) ?? (test.Keys.Values.Contains(epoch) ? test : null);
            return edited is null ? null : edited with { Keys = edited.Keys.ToDictionary(key => key.Key, key => key.Value == epoch ? iso : key.Value) };
        }),
    ];

    static int Colons(string text) => text.AsSpan().Count(':');

    /// <summary>Null: the edit changes nothing, so the deviation is not in the case.</summary>
    static AgreementCase? Edit(AgreementCase test, Func<string, string> edit)
    {
        var edited = test with
        {
            Identity = [.. test.Identity.Select(edit)],
            Boundary = test.Boundary is null ? null : edit(test.Boundary),
            Session = test.Session is null ? null : edit(test.Session),
            ResourcePolicy = test.ResourcePolicy is null ? null : edit(test.ResourcePolicy),
            ServiceControl = [.. test.ServiceControl.Select(level => level.Select(edit).ToArray())],
            ResourceControl = [.. test.ResourceControl.Select(level => level.Select(edit).ToArray())],
        };
        return edited.Documents.SequenceEqual(test.Documents) ? null : edited;
    }

    static AgreementCase? EditResources(AgreementCase test, Func<string, string> edit) => Edit(test, document =>
    {
        var json = JsonNode.Parse(document)!;
        foreach (var statement in json["Statement"] is JsonArray many ? many : new JsonArray(json["Statement"]!.DeepClone()))
        {
            var target = json["Statement"] is JsonArray ? statement! : json["Statement"]!;
            foreach (var name in new[] { "Resource", "NotResource" })
            {
                if (target[name] is JsonArray list)
                    target[name] = new JsonArray([.. list.Select(item => (JsonNode)edit(item!.GetValue<string>()))]);
                else if (target[name] is { } one)
                    target[name] = edit(one.GetValue<string>());
            }
        }

        return json.ToJsonString();
    });

    [GeneratedRegex(@":role/[\w.\-/]+/(?=[\w]+)")]
    private static partial Regex RolePath();

    [GeneratedRegex(@"""ForAnyValue:(\w+)IfExists""")]
    private static partial Regex AnyValueIfExists();

    /// <summary>A wildcard before the first separator of the sixth field.</summary>
    [GeneratedRegex(@"^(?:[^:]*:){5}[^:/]*[*?][^:/]*[:/]")]
    private static partial Regex WildcardType();

    [GeneratedRegex(@"^(?:[^:]*:){5}[^:/]*\$\{\w")]
    private static partial Regex VariableType();

    [GeneratedRegex(@"^(?:[^:]*:){3,4}[^:]*\*:")]
    private static partial Regex AsteriskBeforeColon();

    [GeneratedRegex(@"""[A-Z0-9]{2,}:[A-Z]+""")]
    private static partial Regex UpperAction();

    [GeneratedRegex(@"\$\{[*?$]\}")]
    private static partial Regex LiteralVariable();
}
