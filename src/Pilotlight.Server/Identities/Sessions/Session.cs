using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Pilotlight.Api;

namespace Pilotlight.Identities;

enum SessionKind : byte
{
    /// <summary>A role is worn.</summary>
    Role = 0,

    /// <summary>GetSessionToken: the user itself, or root.</summary>
    Itself = 1,

    /// <summary>GetFederationToken: somebody whom a user lends part of what it may.</summary>
    Federated = 2,
}

/// <summary>What a session token says: who it is, of what, with what limits, until when. The token is this, sealed.</summary>
sealed record Session
{
    public SessionKind Kind { get; init; }

    public required string AccountId { get; init; }

    /// <summary>The ARN of the role, of the user, or of root.</summary>
    public required string OfArn { get; init; }

    /// <summary>The unique id of the role or user: the session dies with it, though another of the same name may come.</summary>
    public required string OfId { get; init; }

    /// <summary>The role session's or the federated user's name; empty otherwise.</summary>
    public required string Name { get; init; }

    public required DateTimeOffset IssuedAt { get; init; }

    public required DateTimeOffset Expiration { get; init; }

    public string? SourceFunctionArn { get; init; }

    /// <summary>The long-term key that asked for the session, which dies with it; null for role sessions.</summary>
    public string? ParentKeyId { get; init; }

    public string? SourceIdentity { get; init; }

    public string? FederatedProvider { get; init; }

    public SessionLimits Limits { get; init; } = SessionLimits.None;

    public Caller CallerWith(string accessKeyId) => new()
    {
        AccountId = AccountId,
        Arn = Kind switch
        {
            SessionKind.Role => $"arn:aws:sts::{AccountId}:assumed-role/{LastName}/{Name}",
            SessionKind.Federated => $"arn:aws:sts::{AccountId}:federated-user/{Name}",
            _ => OfArn,
        },
        UserId = Kind switch
        {
            SessionKind.Role => $"{OfId}:{Name}",
            SessionKind.Federated => $"{AccountId}:{Name}",
            _ => OfId,
        },
        Kind = Kind switch
        {
            SessionKind.Role => CallerKind.AssumedRole,
            SessionKind.Federated => CallerKind.FederatedUser,
            _ => OfId == AccountId ? CallerKind.Root : CallerKind.User,
        },
        AccessKeyId = accessKeyId,
        RoleArn = Kind == SessionKind.Role ? OfArn : null,
        SessionOfArn = Kind == SessionKind.Itself ? null : OfArn,
        PrincipalId = OfId,
        UserName = Kind == SessionKind.Itself && OfId != AccountId ? LastName : null,
        SessionName = Kind == SessionKind.Itself ? null : Name,
        SourceFunctionArn = SourceFunctionArn,
        IssuedAt = IssuedAt,
        SourceIdentity = SourceIdentity,
        FederatedProvider = FederatedProvider,
        SessionTags = Limits.Tags.ToDictionary(tag => tag.Key, tag => tag.Value, StringComparer.OrdinalIgnoreCase),
        TransitiveTagKeys = Limits.TransitiveTagKeys,
        SessionPolicies = Limits.HasPolicies ? Limits.Policy is { } policy ? [policy] : [] : null,
        SessionPolicyArns = Limits.PolicyArns,
    };

    /// <summary>Without the path: AWS drops it from the ARN of a role session.</summary>
    string LastName => OfArn[(OfArn.LastIndexOf('/') + 1)..];

    /// <summary>The id of a role that is not kept in its account follows from its ARN; it has no policies, so the session may do nothing.</summary>
    public static string IdOfUnknownRole(string roleArn) => "AROA" + AccessKeyId.Base32(SHA256.HashData(Encoding.UTF8.GetBytes(roleArn)).AsSpan(0, 15))[..17];

    public byte[] ToBytes()
    {
        using var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write((byte)Kind);
            writer.Write(Expiration.ToUnixTimeSeconds());
            writer.Write(IssuedAt.ToUnixTimeSeconds());
            writer.Write(AccountId);
            writer.Write(OfArn);
            writer.Write(OfId);
            writer.Write(Name);
            writer.Write(SourceFunctionArn ?? "");
            writer.Write(ParentKeyId ?? "");
            writer.Write(SourceIdentity ?? "");
            writer.Write(FederatedProvider ?? "");
        }

        stream.Write(Limits.Packed);
        return stream.ToArray();
    }

    /// <summary>Reads what <see cref="ToBytes"/> wrote. Only for bytes whose seal was intact.</summary>
    public static Session FromBytes(byte[] bytes)
    {
        var stream = new MemoryStream(bytes);
        using var reader = new BinaryReader(stream, Encoding.UTF8);
        var kind = (SessionKind)reader.ReadByte();
        var expiration = DateTimeOffset.FromUnixTimeSeconds(reader.ReadInt64());
        var issued = DateTimeOffset.FromUnixTimeSeconds(reader.ReadInt64());
        return new Session
        {
            Kind = kind,
            Expiration = expiration,
            IssuedAt = issued,
            AccountId = reader.ReadString(),
            OfArn = reader.ReadString(),
            OfId = reader.ReadString(),
            Name = reader.ReadString(),
            SourceFunctionArn = NullIfEmpty(reader.ReadString()),
            ParentKeyId = NullIfEmpty(reader.ReadString()),
            SourceIdentity = NullIfEmpty(reader.ReadString()),
            FederatedProvider = NullIfEmpty(reader.ReadString()),
            Limits = SessionLimits.Unpack(bytes.AsMemory((int)stream.Position)),
        };
    }

    /// <summary>The first form of tokens, which knew role sessions only.</summary>
    public static Session FromFirstForm(byte[] bytes)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes), Encoding.UTF8);
        var expiration = DateTimeOffset.FromUnixTimeSeconds(reader.ReadInt64());
        var (account, role, session, function) = (reader.ReadString(), reader.ReadString(), reader.ReadString(), reader.ReadString());
        return new Session
        {
            AccountId = account,
            OfArn = role,
            OfId = IdOfUnknownRole(role),
            Name = session,
            SourceFunctionArn = NullIfEmpty(function),
            IssuedAt = expiration,
            Expiration = expiration,
        };
    }

    static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
}

/// <summary>What a session was made with beside its role: policies that narrow it, tags. Their packed size is limited, as at AWS.</summary>
sealed record SessionLimits(string? Policy, IReadOnlyList<string> PolicyArns, IReadOnlyList<Tag> Tags, IReadOnlyList<string> TransitiveTagKeys)
{
    /// <summary>What AWS answers with as 100 percent is not told; this many bytes, compressed, keep a token within a header.</summary>
    const int MaxPackedBytes = 4096;

    public static SessionLimits None { get; } = new(null, [], [], []);

    public bool HasPolicies => Policy is not null || PolicyArns.Count > 0;

    public bool IsNone => !HasPolicies && Tags.Count == 0;

    /// <summary>In percent of what is allowed; more than 100 is refused.</summary>
    public int PackedPercent => (Packed.Length * 100 + MaxPackedBytes - 1) / MaxPackedBytes;

    /// <summary>Compressed; empty when there is nothing.</summary>
    public byte[] Packed => field ??= Pack();

    byte[] Pack()
    {
        if (IsNone)
            return [];
        using var stream = new MemoryStream();
        using (var packer = new DeflateStream(stream, CompressionLevel.SmallestSize, leaveOpen: true))
        using (var writer = new BinaryWriter(packer, Encoding.UTF8))
        {
            writer.Write(Policy ?? "");
            Write(PolicyArns);
            Write([.. Tags.Select(tag => tag.Key)]);
            Write([.. Tags.Select(tag => tag.Value)]);
            Write(TransitiveTagKeys);

            void Write(IReadOnlyList<string> texts)
            {
                writer.Write((byte)texts.Count);
                foreach (var text in texts)
                    writer.Write(text);
            }
        }

        return stream.ToArray();
    }

    public static SessionLimits Unpack(ReadOnlyMemory<byte> packed)
    {
        if (packed.IsEmpty)
            return None;
        using var reader = new BinaryReader(new DeflateStream(new MemoryStream(packed.ToArray()), CompressionMode.Decompress), Encoding.UTF8);
        var policy = reader.ReadString();
        var (arns, keys, values, transitive) = (Texts(), Texts(), Texts(), Texts());
        return new SessionLimits(policy.Length == 0 ? null : policy, arns, [.. keys.Zip(values, (key, value) => new Tag(key, value))], transitive);

        List<string> Texts()
        {
            var texts = new List<string>();
            for (var left = reader.ReadByte(); left > 0; left--)
                texts.Add(reader.ReadString());
            return texts;
        }
    }
}

/// <summary>Temporary credentials as they are handed out.</summary>
public sealed record SessionCredentials(string AccessKeyId, string SecretAccessKey, string SessionToken, DateTimeOffset Expiration)
{
    // The generated text would put the secret into whatever prints the record.
    public override string ToString() => AccessKeyId;
}
