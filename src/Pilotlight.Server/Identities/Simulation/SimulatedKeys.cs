using System.Globalization;
using Pilotlight.Api;
using Pilotlight.Iam;

namespace Pilotlight.Identities;

/// <summary>The condition keys of a simulated request: what was given, and the caller's own where there is one.</summary>
sealed class SimulatedKeys(ConditionTable given, Principal? caller) : IConditionKeys
{
    public ConditionValues Find(string key)
    {
        var values = given.Find(key);
        if (values.Exist || values.IsList || caller is not null)
            return values;
        // Nobody asks, so nothing is known of who does. An empty list keeps the evaluator from looking at its stand-in.
        return key.StartsWith("aws:Principal", StringComparison.OrdinalIgnoreCase) || key.StartsWith("aws:user", StringComparison.OrdinalIgnoreCase)
            ? new ConditionValues(Array.Empty<string>())
            : values;
    }

    /// <summary>Stands for a caller where only policies are given.</summary>
    public static Principal Nobody(string accountId) => new()
    {
        Kind = PrincipalKind.User,
        AccountId = accountId,
        Arn = $"arn:aws:iam::{accountId}:user/",
    };

    /// <summary><c>ContextEntries.member.N</c>.</summary>
    /// <exception cref="AwsException">A value that is not of its type.</exception>
    public static ConditionTable Read(IamRequest request)
    {
        var keys = new List<KeyValuePair<string, ConditionValues>>();
        for (var number = 1; ; number++)
        {
            var entry = $"ContextEntries.member.{number}";
            var values = request.Texts($"{entry}.ContextKeyValues");
            if (request.Text($"{entry}.ContextKeyName") is not { } name)
                return ConditionTable.From(keys);
            var type = request.Text($"{entry}.ContextKeyType") ?? "string";
            if (values.FirstOrDefault(value => !Is(type, value)) is { } wrong)
                throw IamErrors.InvalidInput($"Invalid value {wrong} for the context key {name} of type {type}.").AsException();
            if (values.Count > 0)
                keys.Add(KeyValuePair.Create(name, type.EndsWith("List", StringComparison.Ordinal) || values.Count > 1 ? new ConditionValues(values) : new ConditionValues(values[0])));
        }
    }

    static bool Is(string type, string value) => type switch
    {
        "numeric" or "numericList" => decimal.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out _),
        "boolean" or "booleanList" => bool.TryParse(value, out _),
        _ => true,
    };
}
