using Pilotlight.Functions;

namespace Pilotlight.Tests.Functions;

/// <summary>Versions and functions for tests that need no server.</summary>
static class Versions
{
    public static FunctionVersion Of(string codeHash, string name = "f") => new()
    {
        AccountId = FunctionsServer.Account,
        Region = FunctionsServer.Region,
        Name = name,
        Version = FunctionVersion.Latest,
        Generation = Guid.NewGuid(),
        Role = FunctionsServer.Role,
        Runtime = "python3.13",
        Handler = "app.handler",
        CodeHash = codeHash,
        CodeSizeBytes = 100,
        LastModified = new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero),
        RevisionId = Guid.NewGuid().ToString(),
        State = "Active",
        LastUpdateStatus = "Successful",
    };

    public static Function FunctionOf(FunctionVersion latest) => new()
    {
        AccountId = latest.AccountId,
        Region = latest.Region,
        Name = latest.Name,
        Latest = latest,
    };
}
