# Hosts that take over what they were given, one at a time: the next begins when the one before is well, and none after one that is not.
resource "terraform_data" "running" {
  for_each         = var.hosts
  triggers_replace = each.value.prepared

  connection {
    type         = "ssh"
    host         = var.connections[each.key].host
    port         = var.connections[each.key].port
    user         = var.connections[each.key].user
    private_key  = var.connections[each.key].key_file == null ? null : file(var.connections[each.key].key_file)
    agent        = var.connections[each.key].key_file == null
    host_key     = var.connections[each.key].host_key
    bastion_host = var.connections[each.key].bastion
    timeout      = "${var.connections[each.key].timeout}s"
    script_path  = "/tmp/causeway-terraform-%RAND%.sh"
  }

  provisioner "local-exec" {
    command = "exec sh '${path.module}/turn.sh' take \"$PPID\" '${var.site}' '${each.key}' $((${var.connections[each.key].seconds} + ${var.connections[each.key].timeout} + 5))"
    quiet   = true
  }
  provisioner "remote-exec" {
    inline = ["cd; timeout ${var.connections[each.key].seconds} sh .causeway-terraform/host.sh install ${each.key} ${var.install} '${var.release}' '${each.value.health}' ${var.connections[each.key].seconds} ${join(" ", each.value.roles)}"]
  }
  provisioner "local-exec" {
    command = "exec sh '${path.module}/turn.sh' done \"$PPID\" '${var.site}' '${each.key}'"
    quiet   = true
  }
}
