using Microsoft.EntityFrameworkCore;

namespace FieldCrm.Silo.Storage.Model;

/// <summary>The tables of people's and programs' ways in.</summary>
internal static class IdentityModel
{
    public static void Configure(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<UserLoginRow>(e =>
        {
            e.ToTable("user_login").HasKey(r => r.UserId);
            e.Property(r => r.UserId).ValueGeneratedNever();
            e.HasOne<UserRow>().WithOne().HasForeignKey<UserLoginRow>(r => r.UserId).OnDelete(DeleteBehavior.Cascade);
        });
        modelBuilder.Entity<UserPasskeyRow>(e =>
        {
            e.ToTable("user_passkey").HasKey(r => r.CredentialId);
            e.Property(r => r.CredentialId).HasMaxLength(1023); // WebAuthn's own bound
            e.Property(r => r.Name).HasMaxLength(100);
            e.Property(r => r.Transports).HasMaxLength(200);
            e.HasIndex(r => r.UserId);
            e.HasOne<UserRow>().WithMany().HasForeignKey(r => r.UserId).OnDelete(DeleteBehavior.Cascade);
        });
        modelBuilder.Entity<UserExternalRow>(e =>
        {
            e.ToTable("user_external").HasKey(r => new { r.Issuer, r.Subject });
            e.Property(r => r.Issuer).HasMaxLength(500);
            e.Property(r => r.Subject).HasMaxLength(255); // OpenID Connect's own bound
            e.HasOne<UserRow>().WithOne().HasForeignKey<UserExternalRow>(r => r.UserId).OnDelete(DeleteBehavior.Cascade);
        });
        modelBuilder.Entity<ApiTokenRow>(e =>
        {
            e.ToTable("api_token").HasKey(r => r.TokenId);
            e.Property(r => r.TokenId).ValueGeneratedNever();
            e.HasIndex(r => r.TokenHash).IsUnique();
            e.HasIndex(r => r.TenantId);
            e.Property(r => r.Name).HasMaxLength(100);
            e.Property(r => r.Role).HasMaxLength(32);
            e.HasOne<UserRow>().WithMany().HasForeignKey(r => r.MadeBy).OnDelete(DeleteBehavior.Cascade);
        });
    }
}
