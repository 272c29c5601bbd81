using Microsoft.EntityFrameworkCore;

namespace FieldCrm.Silo.Storage.Model;

/// <summary>What dispatchers say of units and alarms.</summary>
internal static class UnitModel
{
    public static void Configure(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<DeviceRow>(e =>
        {
            e.Property(r => r.Kind).HasConversion<short>();
            e.Property(r => r.Phone).HasMaxLength(Core.Tenants.PhoneNumber.MaxLength);
        });
        modelBuilder.Entity<UnitAvailabilityRow>(e =>
        {
            e.ToTable("unit_availability").HasKey(r => r.DeviceId);
            e.Property(r => r.DeviceId).ValueGeneratedNever();
            e.Property(r => r.Status).HasConversion<short>();
            e.Property(r => r.PreviousStatus).HasConversion<short>();
            e.Property(r => r.Note).HasMaxLength(200);
            e.Property(r => r.PreviousNote).HasMaxLength(200);
            e.Property(r => r.ChangedByKind).HasMaxLength(16);
            e.HasIndex(r => r.TenantId);
            e.HasOne<DeviceRow>().WithOne().HasForeignKey<UnitAvailabilityRow>(r => r.DeviceId).OnDelete(DeleteBehavior.Cascade);
        });
        modelBuilder.Entity<AlarmRow>(e =>
        {
            e.Property(r => r.AcknowledgedByKind).HasMaxLength(16);
            // What is open is a handful among the alarms of a month.
            e.HasIndex(r => r.DeviceId, "alarm_open").HasFilter("NOT is_withdrawn AND acknowledged_at IS NULL");
            e.HasIndex(r => new { r.TenantId, r.StartedAt, r.AlarmId }, "alarm_open_newest").HasFilter("NOT is_withdrawn AND acknowledged_at IS NULL");
        });
    }
}
