using System.Collections.Frozen;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Pilotlight.Identities;

/// <summary>The managed policies that AWS itself offers, the same in every account: those that matter here, as AWS publishes them.</summary>
public sealed class AwsManagedPolicies
{
    const string Resource = "aws-managed-policies.json";

    readonly FrozenDictionary<string, ManagedPolicy> _byArn = Read().ToFrozenDictionary(policy => policy.Arn, StringComparer.Ordinal);

    public IEnumerable<ManagedPolicy> All => _byArn.Values;

    public ManagedPolicy? Find(string arn) => _byArn.GetValueOrDefault(arn);

    static List<ManagedPolicy> Read()
    {
        using var stream = typeof(AwsManagedPolicies).Assembly.GetManifestResourceStream(Resource)!;
        using var json = JsonDocument.Parse(stream);
        return [.. json.RootElement.EnumerateArray().Select(Read)];
    }

    static ManagedPolicy Read(JsonElement entry)
    {
        var number = int.Parse(Text("DefaultVersionId").AsSpan(1), CultureInfo.InvariantCulture);
        return new ManagedPolicy
        {
            AccountId = "aws",
            Id = IdOf(Text("Arn")),
            Name = Text("Name"),
            Path = Text("Path"),
            CreatedAt = Date("CreateDate"),
            UpdatedAt = Date("UpdateDate"),
            Versions = [new PolicyVersion(number, new PolicyText(entry.GetProperty("Document").GetRawText()), Date("VersionCreateDate"))],
            DefaultVersion = number,
            LastVersion = number,
        };

        string Text(string name) => entry.GetProperty(name).GetString()!;

        DateTimeOffset Date(string name) => DateTimeOffset.Parse(Text(name), CultureInfo.InvariantCulture);
    }

    /// <summary>AWS's own ids are not published with the documents; these are the same on every platform.</summary>
    static string IdOf(string arn) => "ANPA" + AccessKeyId.Base32(SHA256.HashData(Encoding.UTF8.GetBytes(arn)).AsSpan(0, 15))[..17];
}
