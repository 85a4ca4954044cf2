using Pilotlight.Api;

namespace Pilotlight.Functions;

/// <summary>Functions with tenant isolation are invoked for a tenant, and only they are.</summary>
static class TenantRules
{
    public static AwsError? Refuse(AwsRequest request, FunctionVersion version)
    {
        var hasTenant = request.Http.Request.Headers.ContainsKey("X-Amz-Tenant-Id");
        if (hasTenant == version.Tenancy is not null)
            return null;
        return hasTenant ? FunctionErrors.TenantUnexpected : FunctionErrors.TenantMissing;
    }
}
