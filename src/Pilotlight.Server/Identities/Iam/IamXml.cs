using Pilotlight.Api;

namespace Pilotlight.Identities;

/// <summary>How IAM writes its nouns.</summary>
static class IamXml
{
    extension(QueryXml xml)
    {
        /// <summary>Path, name, id, ARN and date, which every entity has.</summary>
        public void Entity(string kind, IdentityEntity entity)
        {
            xml.Text("Path", entity.Path);
            xml.Text(kind + "Name", entity.Name);
            xml.Text(kind + "Id", entity.Id);
            xml.Text("Arn", entity.Arn);
            xml.Date("CreateDate", entity.CreatedAt);
        }

        public void Tags(IReadOnlyList<Tag> tags)
        {
            if (tags.Count > 0)
                xml.List("Tags", tags, static (xml, tag) => xml.Tag(tag));
        }

        public void Tag(Tag tag)
        {
            xml.Text("Key", tag.Key);
            xml.Text("Value", tag.Value);
        }

        public void PermissionsBoundary(PolicyHolder holder)
        {
            if (holder.PermissionsBoundary is not { } arn)
                return;
            xml.Structure("PermissionsBoundary", xml =>
            {
                xml.Text("PermissionsBoundaryType", "PermissionsBoundaryPolicy");
                xml.Text("PermissionsBoundaryArn", arn);
            });
        }

        /// <summary>A role as CreateRole shows it: what was not given is not there.</summary>
        public void CreatedRole(Role role)
        {
            xml.Entity("Role", role);
            xml.Document("AssumeRolePolicyDocument", role.TrustPolicy.Text);
            xml.Text("Description", role.Description);
            xml.Number("MaxSessionDuration", role.MaxSessionSeconds);
            xml.PermissionsBoundary(role);
            xml.Tags(role.Tags);
        }

        /// <summary>A role in a list: without tags, boundary and last use.</summary>
        public void ListedRole(Role role)
        {
            xml.Entity("Role", role);
            xml.Document("AssumeRolePolicyDocument", role.TrustPolicy.Text);
            xml.Text("Description", role.Description);
            xml.Number("MaxSessionDuration", (long)role.MaxSession.TotalSeconds);
        }

        /// <param name="use">When it was last used; null: not yet.</param>
        public void WholeRole(Role role, AccessKeyUse? use)
        {
            xml.ListedRole(role);
            xml.PermissionsBoundary(role);
            xml.Tags(role.Tags);
            xml.RoleLastUsed(use);
        }

        public void RoleLastUsed(AccessKeyUse? use) => xml.Structure("RoleLastUsed", xml =>
        {
            if (use is not { } last)
                return;
            xml.Date("LastUsedDate", last.At);
            xml.Text("Region", last.Region);
        });

        public void User(User user)
        {
            xml.Entity("User", user);
            xml.PermissionsBoundary(user);
            xml.Tags(user.Tags);
        }

        public void InstanceProfile(InstanceProfile profile, Account account)
        {
            xml.Entity("InstanceProfile", profile);
            xml.List("Roles", account.RolesOf(profile), static (xml, role) => xml.ListedRole(role));
            xml.Tags(profile.Tags);
        }

        public void PolicyVersion(ManagedPolicy policy, PolicyVersion version)
        {
            xml.Text("VersionId", version.VersionId);
            xml.Flag("IsDefaultVersion", version.Number == policy.DefaultVersion);
            xml.Date("CreateDate", version.CreatedAt);
        }

        public void AttachedPolicy(string arn)
        {
            xml.Text("PolicyName", arn[(arn.LastIndexOf('/') + 1)..]);
            xml.Text("PolicyArn", arn);
        }
    }
}
