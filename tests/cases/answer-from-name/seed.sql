UPDATE department SET from_name = '%{operator}, %{title}' WHERE id = 1;
