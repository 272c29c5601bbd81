using FieldCrm.Core.People;
using Microsoft.EntityFrameworkCore;

namespace FieldCrm.Silo.Storage.Model;

/// <summary>The tables of people's own positions: their word, their shifts, who looked.</summary>
internal static class PeopleModel
{
    public static void Configure(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<DeviceRow>(e =>
        {
            e.HasIndex(r => r.HolderId).HasFilter("holder_id IS NOT NULL");
            e.HasOne<UserRow>().WithMany().HasForeignKey(r => r.HolderId).OnDelete(DeleteBehavior.Restrict);
        });
        modelBuilder.Entity<PersonConsentRow>(e =>
        {
            e.ToTable("person_consent").HasKey(r => new { r.UserId, r.AnsweredAt });
            e.Property(r => r.Purpose).HasMaxLength(32);
            e.Property(r => r.Channel).HasMaxLength(32);
            e.Property(r => r.Language).HasMaxLength(2);
            e.HasOne<UserRow>().WithMany().HasForeignKey(r => r.UserId).OnDelete(DeleteBehavior.Restrict);
        });
        modelBuilder.Entity<PersonShiftRow>(e =>
        {
            e.ToTable("person_shift").HasKey(r => new { r.UserId, r.StartedAt });
            e.Property(r => r.EndedWhy).HasMaxLength(16);
            e.HasIndex(r => r.UserId, "person_shift_open").IsUnique().HasFilter("ended_at IS NULL");
            e.HasIndex(r => new { r.TenantId, r.StartedAt });
            e.HasOne<PersonConsentRow>().WithMany().HasForeignKey(r => new { r.UserId, r.ConsentAt }).OnDelete(DeleteBehavior.Restrict);
        });
        modelBuilder.Entity<PersonLookRow>(e =>
        {
            e.ToTable("person_look").HasKey(r => r.LookId);
            e.Property(r => r.LookId).UseIdentityAlwaysColumn();
            e.Property(r => r.ByKind).HasMaxLength(16);
            e.Property(r => r.What).HasMaxLength(16);
            e.Property(r => r.Reason).HasMaxLength(LookReason.MaxLength);
            e.HasIndex(r => new { r.UserId, r.LookId });
            e.HasIndex(r => new { r.TenantId, r.LookedAt });
        });
        modelBuilder.Entity<PersonErasureRow>(e =>
        {
            e.ToTable("person_erasure").HasKey(r => new { r.UserId, r.RequestedAt });
            e.HasIndex(r => r.UserId, "person_erasure_open").IsUnique().HasFilter("done_at IS NULL");
            e.HasOne<UserRow>().WithMany().HasForeignKey(r => r.UserId).OnDelete(DeleteBehavior.Restrict);
        });
    }
}
